// @ts-check

const SIDE = 16;
const DARK = 10;

/**
 * Tells whether a playing video is black, by the brightness of 16 x 16 samples of it. They are
 * looked at and forgotten.
 * @param {HTMLVideoElement} video
 * @param {HTMLCanvasElement} canvas
 */
export function isDark(video, canvas) {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !video.videoWidth) return false;
  canvas.width = canvas.height = SIDE;
  const picture = canvas.getContext("2d", { willReadFrequently: true });
  if (!picture) return false;
  picture.drawImage(video, 0, 0, SIDE, SIDE);
  const { data: samples } = picture.getImageData(0, 0, SIDE, SIDE);
  let brightest = 0;
  for (let at = 0; at < samples.length; at += 4) {
    const luminance = 0.2126 * samples[at] + 0.7152 * samples[at + 1] + 0.0722 * samples[at + 2];
    brightest = Math.max(brightest, luminance);
  }
  return brightest < DARK;
}
