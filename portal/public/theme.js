// Sets the theme before anything is painted. A file of its own, as the content security policy forbids inline scripts.
(() => {
  let kept = null;
  try {
    kept = localStorage.getItem("caravan.theme");
  } catch {
    // Storage can be forbidden; then the system's choice holds.
  }
  const dark = kept ? kept === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
