// @ts-check

const CUT_MAX = 0.4;

/**
 * Says whether a picture may fill its place. It is shown whole where filling would cut away more
 * than 40 % of it: two people on a sofa, seen on an upright phone.
 * @param {number} width of the picture
 * @param {number} height
 * @param {number} placeWidth
 * @param {number} placeHeight
 */
export function fit(width, height, placeWidth, placeHeight) {
  if (!width || !height || !placeWidth || !placeHeight) return "contain";
  const shape = width / height;
  const place = placeWidth / placeHeight;
  const kept = Math.min(shape / place, place / shape);
  return 1 - kept > CUT_MAX ? "contain" : "cover";
}
