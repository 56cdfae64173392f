import assert from "node:assert/strict"
import { test } from "node:test"

import { Typing, TypingSignal } from "../../web/js/models/typing.js"
import { FakeClock } from "./support/fakes.js"

function aSignal() {
  const clock = new FakeClock()
  const told = []
  return { clock, told, signal: new TypingSignal({ tell: (is) => told.push(is), timers: clock }) }
}

test("writing is told at most every three seconds", () => {
  const { signal, clock, told } = aSignal()

  for (let key = 0; key < 35; key++) {
    signal.written()
    clock.pass(100)
  }

  assert.deepEqual(told, [true, true])
})

test("three seconds of silence are told once", () => {
  const { signal, clock, told } = aSignal()
  signal.written()

  clock.pass(10_000)

  assert.deepEqual(told, [true, false])
})

test("sending stops it at once, and the next word is told anew", () => {
  const { signal, told } = aSignal()

  signal.written()
  signal.stop()
  signal.written()

  assert.deepEqual(told, [true, false, true])
})

test("who never wrote has nothing to stop", () => {
  const { signal, told } = aSignal()

  signal.stop()

  assert.deepEqual(told, [])
})

test("somebody who is not heard of any more is not typing after six seconds", () => {
  const clock = new FakeClock()
  const typing = new Typing({ timers: clock })
  typing.hear({ user_id: 8, username: "Ben", is_typing: true })
  clock.pass(4_000)
  typing.hear({ user_id: 8, username: "Ben", is_typing: true })

  clock.pass(5_999)
  assert.deepEqual(typing.names, ["Ben"])
  clock.pass(1)

  assert.deepEqual(typing.names, [])
})
