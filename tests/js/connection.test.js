import assert from "node:assert/strict"
import { test } from "node:test"

import { backoff_ms } from "../../web/js/net/backoff.js"
import { Connection } from "../../web/js/net/connection.js"
import { FakeClock, FakeNetwork } from "./support/fakes.js"

function aConnection({ random = () => 0.5 } = {}) {
  const clock = new FakeClock()
  const network = new FakeNetwork()
  const connection = new Connection({
    address: () => "ws://chat.example/ws/1",
    openSocket: network.openSocket,
    timers: clock,
    random,
    now: clock.now,
  })
  return { connection, clock, network }
}

function anOpenConnection(options) {
  const all = aConnection(options)
  all.connection.open()
  all.network.socket.tells("connected")
  return all
}

test("it is open from the server's first word on, not from the upgrade", () => {
  const { connection, network } = aConnection()

  connection.open()
  network.socket.tells("error", { code: "room_full" })
  assert.equal(connection.state.name, "connecting")
  network.socket.tells("connected")

  assert.equal(connection.isOpen, true)
})

test("the wait before the next attempt is anywhere between nothing and twice the last bound", () => {
  const bounds = [0, 1, 2, 3, 10].map((attempt) => backoff_ms(attempt, () => 1))

  assert.deepEqual(bounds, [500, 1_000, 2_000, 4_000, 30_000])
  assert.equal(backoff_ms(3, () => 0), 0)
})

test("failures lengthen the wait, a connection that held makes it short again", () => {
  const { connection, clock, network } = anOpenConnection()
  const waits = []
  for (let drop = 0; drop < 3; drop++) {
    network.socket.ends()
    waits.push(connection.state.retryAt_ms - clock.now_ms)
    clock.pass(waits.at(-1))
  }
  assert.deepEqual(waits, [250, 500, 1_000])

  network.socket.tells("connected")
  clock.pass(5_000)
  network.socket.ends()

  assert.equal(connection.state.retryAt_ms - clock.now_ms, 250)
})

test("a server that takes us in and drops us at once is not hammered", () => {
  const { connection, clock, network } = anOpenConnection()
  for (let drop = 0; drop < 6; drop++) {
    network.socket.ends()
    clock.pass(connection.state.retryAt_ms - clock.now_ms)
    network.socket.tells("connected")
  }

  network.socket.ends()

  assert.equal(connection.state.retryAt_ms - clock.now_ms, 15_000)
})

for (const [code, why] of [[4401, "unauthorized"], [4403, "forbidden"], [4404, "room_not_found"], [1009, "protocol"]]) {
  test(`after ${code} it stops, and comes back only when asked`, () => {
    const { connection, clock, network } = anOpenConnection()

    network.socket.ends(code)
    clock.pass(600_000)
    connection.wakeUp()

    assert.deepEqual([connection.state.name, connection.state.why], ["stopped", why])
    assert.equal(network.sockets.length, 1)
    connection.retryNow()
    assert.equal(network.sockets.length, 2)
  })
}

test("what the server said before it closed tells why", () => {
  const { connection, network } = aConnection()
  connection.open()

  network.socket.tells("error", { code: "invalid_event", field: "username", message: "too long" })
  network.socket.ends(4401)

  assert.equal(connection.state.refusal.field, "username")
})

test("too many connections are a pause of at least five seconds", () => {
  const { connection, clock, network } = aConnection()
  connection.open()

  network.socket.ends(4429)

  assert.equal(connection.state.retryAt_ms - clock.now_ms, 5_250)
})

test("a draining server is taken at its word", () => {
  const { connection, clock, network } = anOpenConnection({ random: () => 0 })

  connection.comeBackAfter(1_700)
  network.socket.ends(1012)

  assert.equal(connection.state.retryAt_ms - clock.now_ms, 1_700)
})

test("waking up tries at once", () => {
  const { connection, network } = anOpenConnection()
  network.socket.ends()

  connection.wakeUp()

  assert.equal(connection.state.name, "connecting")
  assert.equal(network.sockets.length, 2)
})

test("waking up while open asks whether the connection still lives", () => {
  const { connection, clock, network } = anOpenConnection()

  connection.wakeUp()
  assert.equal(network.socket.sentOf("ping").length, 1)
  clock.pass(8_000)

  assert.equal(connection.state.name, "waiting")
})

test("a silent connection is asked, and an answer keeps it", () => {
  const { connection, clock, network } = anOpenConnection()

  clock.pass(25_000)
  network.socket.tells("pong")
  clock.pass(24_000)

  assert.equal(connection.isOpen, true)
  assert.equal(network.socket.sentOf("ping").length, 1)
})

test("a server that never says its first word is given up after ten seconds", () => {
  const { connection, clock, network } = aConnection()
  connection.open()

  clock.pass(10_000)

  assert.equal(connection.state.name, "waiting")
  assert.equal(network.socket.isClosed, true)
})

test("a socket of the past is not listened to", () => {
  const { connection, network } = anOpenConnection()
  const old = network.socket
  connection.open()

  old.ends(4404)
  old.tells("connected")

  assert.equal(connection.state.name, "connecting")
})

test("what isn't a frame, or is one of the future, is harmless", () => {
  const { connection, network } = anOpenConnection()

  for (const text of ["", "null", "[]", "7", "{", '{"type": 3}', '{"type": "from_the_future"}']) {
    network.socket.says(text)
  }

  assert.equal(connection.isOpen, true)
})

test("what the server said last before it closed is why; what it said of one message is not", () => {
  const { connection, network } = anOpenConnection()

  network.socket.tells("error", { code: "muted", client_id: "c1" })
  network.socket.tells("error", { code: "banned", until: "2999-01-01T00:00:00.000Z" })
  network.socket.ends(4403)

  const { name, refusal, wasOpen } = connection.state
  assert.deepEqual([name, refusal.code, wasOpen], ["stopped", "banned", true])
})

test("a server that says how long to stay away is left alone so long", () => {
  const { connection, network, clock } = aConnection()
  connection.open()
  network.socket.tells("error", { code: "rate_limited", retryable: true, retry_after_ms: 60_000 })
  network.socket.ends(4429)

  clock.pass(59_999)
  assert.equal(network.sockets.length, 1)
  assert.equal(connection.state.refusal.code, "rate_limited")
  clock.pass(2_000)

  assert.equal(network.sockets.length, 2)
  assert.equal(connection.state.refusal.code, "rate_limited")
})
