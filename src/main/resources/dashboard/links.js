// Decides at which address a browser reaches an app. All functions are pure.

const LOCAL = /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Returns the address of the app, or null if none is known. A domain of the app comes before its
 * name under `.localhost`, which only a browser on the controller's machine can open. Wildcards
 * have no address.
 *
 * @param here the host name of the dashboard's own address
 */
export function addressOf({ hosts, pathPrefix }, here) {
  const plain = hosts.filter((host) => !host.includes("*"));
  const host =
    plain.find((it) => !it.endsWith(".localhost")) ?? (LOCAL.test(here) ? plain[0] : undefined);
  return host === undefined ? null : `http://${host}${pathPrefix}`;
}
