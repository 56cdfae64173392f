-- Puts what was just said where readers look first.
--
-- KEYS      a room each, a sorted set: records as JSON, scored by seq
-- ARGV[1]   how many records of a room are kept at most
-- ARGV[2]   for how long a room is kept in which nothing is said, in s
-- ARGV[3…]  for each room how many records follow, then seq, JSON, seq, JSON, … by seq

local kept_max, keep_s = tonumber(ARGV[1]), ARGV[2]
local PIECE = 1000 -- more doesn't fit on Lua's stack
local place = 3

-- A Redis that is full refuses a script only at its first command, if that one takes room.
redis.call("ZADD", KEYS[1], "XX", 0, "")

for _, room in ipairs(KEYS) do
  local first, last = place + 1, place + 2 * tonumber(ARGV[place])
  -- What is there under these numbers may be from before a deletion, or from a log that
  -- has been restored since.
  redis.call("ZREMRANGEBYSCORE", room, ARGV[first], ARGV[last - 1])
  for from = first, last, PIECE do
    redis.call("ZADD", room, unpack(ARGV, from, math.min(from + PIECE - 1, last)))
  end
  redis.call("ZREMRANGEBYRANK", room, 0, -kept_max - 1)
  redis.call("EXPIRE", room, keep_s)
  place = last + 1
end
