// Keeps what is being read where it is, and stays at the end for those who are there.

const NEAR_END_PX = 100
const NEAR_EDGE_PX = 800
const SLACK_PX = 8

export class ScrollKeeper {
  #scroller
  #rows
  #isAtEnd = true
  #observer

  constructor({ scroller, column, rows }) {
    this.#scroller = scroller
    this.#rows = rows
    this.#observer = new ResizeObserver(() => this.#isAtEnd && this.toEnd())
    this.#observer.observe(scroller)
    this.#observer.observe(column)
    scroller.addEventListener("scroll", this.#scrolled, { passive: true })
  }

  get isAtEnd() {
    return this.#isAtEnd
  }

  // Close enough to the first row to want older ones; not so merely because all is short.
  get isNearTop() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller
    return scrollTop < NEAR_EDGE_PX && (!this.#isAtEnd || scrollHeight <= clientHeight)
  }

  get isNearEnd() {
    return this.#distance < NEAR_EDGE_PX
  }

  leaveEnd() {
    this.#isAtEnd = false
  }

  toEnd() {
    this.#isAtEnd = true
    this.#scroller.scrollTop = this.#scroller.scrollHeight
  }

  // A row near the top of what is seen, unless all that follows it fits anyway.
  toRow(row) {
    const { top } = this.#scroller.getBoundingClientRect()
    const offset_px = row.getBoundingClientRect().top - top - this.#scroller.clientHeight / 6
    if (offset_px >= 0) return
    this.#scroller.scrollTop += offset_px
    this.#scrolled()
  }

  toMiddle(row) {
    row.scrollIntoView({ block: "center", behavior: "instant" })
    this.#scrolled()
  }

  // Change the rows without moving what is read.
  keep(change) {
    if (this.#isAtEnd) {
      change()
      this.toEnd()
      return
    }
    const anchor = this.#firstVisibleMessage()
    const key = anchor?.dataset.key
    const before = anchor?.getBoundingClientRect().top
    change()
    const now = anchor?.isConnected ? anchor : key && this.#rows.querySelector(`[data-key="${CSS.escape(key)}"]`)
    if (now) this.#scroller.scrollTop += now.getBoundingClientRect().top - before
  }

  get #distance() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller
    return scrollHeight - clientHeight - scrollTop
  }

  #scrolled = () => {
    this.#isAtEnd = this.#distance <= NEAR_END_PX
  }

  // The last row that ends on screen.
  get lastVisible() {
    const { bottom } = this.#scroller.getBoundingClientRect()
    return this.#rows.children[this.#rowEndingBelow(bottom + SLACK_PX) - 1] ?? null
  }

  // Not a day: it stays above what is added before its first message.
  #firstVisibleMessage() {
    let row = this.#rows.children[this.#rowEndingBelow(this.#scroller.getBoundingClientRect().top)]
    while (row && !row.matches(".message")) row = row.nextElementSibling
    return row
  }

  // The first one, by halves: there are hundreds, and it is asked at every scroll.
  #rowEndingBelow(edge) {
    const rows = this.#rows.children
    let low = 0
    let high = rows.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (rows[middle].getBoundingClientRect().bottom <= edge) low = middle + 1
      else high = middle
    }
    return low
  }
}
