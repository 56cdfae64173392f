// Runs before the first paint, so that a chosen theme never flashes the other one.
try {
  const { theme, language } = JSON.parse(localStorage.getItem("roomserver.preferences")) ?? {}
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme
  if (language) document.documentElement.lang = language
} catch {
  // No storage: the system's theme it is.
}
