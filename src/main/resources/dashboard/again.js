// Reloads the page if a script could not be loaded, for example because the network changed or the
// controller just died. Otherwise the page would stay empty. This is a plain script, which runs
// before any module is loaded.
addEventListener(
  "error",
  ({ target }) => target.localName === "script" && setTimeout(() => location.reload(), 1000),
  true,
);
