// A module that did not come, since the network changed or the controller has just died, leaves an empty page. So it is loaded
// again until it is whole. A plain script, which is there before any module.
addEventListener(
  "error",
  ({ target }) => target.localName === "script" && setTimeout(() => location.reload(), 1000),
  true,
);
