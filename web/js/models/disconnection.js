// What became of a connection, as a sentence's name, and which way leads on.

const RESTARTING = 1012
const TRY_LATER = 1013
const TOO_MANY = 4429
const BY_CODE = { [RESTARTING]: "restarting", [TRY_LATER]: "storage_unavailable", [TOO_MANY]: "too_many" }

// What the server says on the way out that has a sentence of its own.
const TOLD = new Set(["room_full", "too_many_mistakes", "storage_unavailable", "identity_unavailable"])

// `state`: of net/connection.js.
export function sentenceOf({ name, why, code, refusal, wasOpen }, { isOnline, mode }) {
  if (name === "stopped") return `stopped.${reasonToStop({ why, refusal, wasOpen }, mode)}`
  if (!isOnline) return "connection.offline"
  const told = TOLD.has(refusal?.code) ? refusal.code : null
  return `connection.${told ?? BY_CODE[code] ?? "lost"}`
}

// "now", "rename", "sign_in", "general" or "again".
export function wayOn({ name, why, refusal }, { ref, mode }) {
  if (name !== "stopped") return "now"
  if (refusal?.field === "username") return "rename"
  if (why === "unauthorized" && mode === "accounts") return "sign_in"
  const isElsewhere = why === "room_not_found" || why === "forbidden"
  return isElsewhere && ref !== "general" ? "general" : "again"
}

function reasonToStop({ why, refusal, wasOpen }, mode) {
  if (refusal?.code === "banned") return "banned"
  if (why === "forbidden" && wasOpen) return "removed"
  if (why === "room_not_found" && wasOpen) return "room_gone"
  if (why === "unauthorized" && mode === "accounts") return "signed_out"
  return why
}
