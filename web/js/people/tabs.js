// Tabs as the ARIA practices have them: one is in the Tab order, the arrows go round.

export class Tabs {
  #tabs
  #panels
  #onShow

  // `panels`: {name: element}; the tabs are the buttons of `element` with data-tab="name".
  constructor({ element, panels, onShow }) {
    this.#tabs = [...element.querySelectorAll("[data-tab]")]
    this.#panels = panels
    this.#onShow = onShow
    for (const tab of this.#tabs) {
      const panel = panels[tab.dataset.tab]
      tab.id ||= `tab-${tab.dataset.tab}`
      panel.id ||= `panel-${tab.dataset.tab}`
      tab.setAttribute("aria-controls", panel.id)
      panel.setAttribute("aria-labelledby", tab.id)
      tab.addEventListener("click", () => this.show(tab.dataset.tab))
    }
    element.addEventListener("keydown", this.#arrowPressed)
  }

  // `names`: which of them there are for this reader.
  offer(names) {
    for (const tab of this.#tabs) tab.hidden = !names.includes(tab.dataset.tab)
  }

  // Nothing is to be seen until one is shown.
  hide() {
    this.offer([])
    for (const panel of Object.values(this.#panels)) panel.hidden = true
  }

  show(name) {
    for (const tab of this.#tabs) {
      const isChosen = tab.dataset.tab === name
      tab.ariaSelected = String(isChosen)
      tab.tabIndex = isChosen ? 0 : -1
      this.#panels[tab.dataset.tab].hidden = !isChosen
    }
    this.#onShow(name)
  }

  #arrowPressed = ({ key, target }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key]
    const tabs = this.#tabs.filter(({ hidden }) => !hidden)
    const at = tabs.indexOf(target)
    if (!step || at < 0) return
    const next = tabs.at((at + step) % tabs.length)
    this.show(next.dataset.tab)
    next.focus()
  }
}
