// Sets the theme before anything is drawn, so that a dark page does not flash in white first. The
// theme is dark, light, or the system's. This is a plain script, because modules run too late. The
// button in frame.js calls `theme.turn()`.
const theme = {
  key: "autoserve.theme",

  /** "dark" or "light". */
  now() {
    return (
      document.documentElement.dataset.theme ??
      (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")
    );
  },

  turn() {
    const other = theme.now() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = other;
    dispatchEvent(new Event("themechange")); // for charts, which draw themselves
    try {
      localStorage.setItem(theme.key, other);
    } catch {
      // The browser stores nothing, so the choice is lost at the next load.
    }
  },

  recall() {
    try {
      const chosen = localStorage.getItem(theme.key);
      if (chosen) document.documentElement.dataset.theme = chosen;
    } catch {
      // The browser stores nothing, so the system's theme applies.
    }
  },
};

theme.recall();
matchMedia("(prefers-color-scheme: dark)").onchange = () => dispatchEvent(new Event("themechange"));
