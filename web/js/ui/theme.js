// Light, dark, or as the system has it.

export function wearTheme(theme) {
  const root = document.documentElement
  if (theme === "system") delete root.dataset.theme
  else root.dataset.theme = theme
  const metas = [...document.querySelectorAll("meta[name=theme-color]")]
  for (const meta of metas) {
    meta.dataset.media ??= meta.media
    const isMine = meta.dataset.media.includes(theme)
    meta.media = theme === "system" ? meta.dataset.media : isMine ? "all" : "not all"
  }
}
