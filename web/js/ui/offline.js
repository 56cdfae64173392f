// The page itself is kept in the browser, so that it opens without the server.

const ADDRESS = "/service_worker.js"

// Only https and localhost have it. A browser that won't have it loses nothing else.
export async function keepPage() {
  const policy = window.trustedTypes?.createPolicy("service-worker", { createScriptURL: () => ADDRESS })
  await navigator.serviceWorker?.register(policy?.createScriptURL("") ?? ADDRESS).catch(() => {})
}
