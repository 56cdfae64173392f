// Keeps the page itself, and nothing of what is said on it: without the server it opens
// with the rooms last seen and whatever waits to be sent.
//
// The server puts `SHELL` before this file: {prefix, files} of its version, without the
// stylesheets, which the page names. A cache has the files of one version and the page that
// goes with them, or it isn't kept at all; the next version waits until no tab uses this one.
// So nobody ever sees a mix.

const CACHE = `roomserver.shell${SHELL.prefix}`
const PATIENCE_MS = 3_000 // a network that is there and doesn't answer
const PAGE = /^\/(rooms\/[^/]+(\/\d+)?)?$/u

self.addEventListener("install", (event) => event.waitUntil(keepShell()))
self.addEventListener("activate", (event) => event.waitUntil(dropOtherVersions()))

self.addEventListener("fetch", (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (origin !== location.origin || request.method !== "GET") return
  if (pathname.startsWith("/assets/")) event.respondWith(file(request))
  else if (request.mode === "navigate" && PAGE.test(pathname)) event.respondWith(page(request))
})

self.addEventListener("notificationclick", (event) => {
  event.notification.close()
  event.waitUntil(show(event.notification.data?.path ?? "/"))
})

async function keepShell() {
  const answer = await fetch("/", { cache: "no-store" })
  const html = await answer.clone().text()
  if (answer.redirected) throw new Error("nobody is signed in: this is another page")
  if (!html.includes(SHELL.prefix)) throw new Error("the server has another version by now")
  const sheets = Array.from(html.matchAll(/href="([^"]+\.css)"/gu), ([, address]) => address)
  const cache = await caches.open(CACHE)
  await cache.addAll([...sheets, ...SHELL.files.map((name) => SHELL.prefix + name)])
  await cache.put("/", answer)
}

async function dropOtherVersions() {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)))
}

async function file(request) {
  return (await kept(request)) ?? fetch(request)
}

// The server's own, while it answers: it may be of a newer version.
async function page(request) {
  const asked = fetch(request)
  const answer = await Promise.race([asked, patience()]).catch(() => null)
  if (answer && answer.status < 500) return answer
  return (await kept("/")) ?? asked
}

async function kept(request) {
  const cache = await caches.open(CACHE)
  return cache.match(request, { ignoreVary: true })
}

function patience() {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null))
}

// In a tab that is open anyway, if there is one.
async function show(path) {
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true })
  const tab = tabs.find(({ visibilityState }) => visibilityState === "visible") ?? tabs[0]
  if (!tab) return self.clients.openWindow(path)
  tab.postMessage({ open: path })
  return tab.focus()
}
