"""axe-core on a page, as a list of sentences."""

from importlib.resources import files
from typing import Any, Final

from playwright.async_api import Page

_SCRIPT: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
_RUN: Final = """async (rules) => {
  const only = rules.length ? { runOnly: { type: "rule", values: rules } } : {};
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...only });
  return violations.map(({ id, help, nodes }) => ({ id, help,
    nodes: nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`) }));
}"""


async def violations(page: Page, *rules: str) -> list[str]:
    """Return what axe finds wrong with the page as it is now, by all rules or by `rules`."""
    if not await page.evaluate("'axe' in globalThis"):
        await page.evaluate(_SCRIPT)
    found: list[dict[str, Any]] = await page.evaluate(_RUN, rules)
    return [f"{each['id']} ({each['help']}): {each['nodes']}" for each in found]
