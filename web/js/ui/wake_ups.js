// Moments at which it is worth trying at once: the network is back, the page is looked at.

export function onWakeUp(wake) {
  addEventListener("online", wake)
  addEventListener("offline", wake) // an open connection is asked whether it still lives
  addEventListener("pageshow", ({ persisted }) => persisted && wake())
  document.addEventListener("visibilitychange", () => document.hidden || wake())
}
