// The roles in a room, the highest first, and who stands above whom.

export const ROLES = ["owner", "moderator", "member", "guest"]
const ORDER = [...ROLES, "nobody"]

export function byRank(a, b) {
  return ORDER.indexOf(a) - ORDER.indexOf(b)
}

export function outranks(mine, theirs) {
  return byRank(mine, theirs) < 0
}
