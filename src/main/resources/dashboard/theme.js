// Before anything is drawn, so that nobody is blinded by the wrong one: dark, light, or what the system says.
// A plain script, since modules run too late; main.js turns it by `theme.turn()`.
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
    dispatchEvent(new Event("themechange")); // for what paints by itself
    try {
      localStorage.setItem(theme.key, other);
    } catch {
      // a browser that stores nothing forgets it, that is all
    }
  },

  recall() {
    try {
      const chosen = localStorage.getItem(theme.key);
      if (chosen) document.documentElement.dataset.theme = chosen;
    } catch {
      // the system's, then
    }
  },
};

theme.recall();
matchMedia("(prefers-color-scheme: dark)").onchange = () => dispatchEvent(new Event("themechange"));
