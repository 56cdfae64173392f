-- Takes a turn, if there is one. The clock is Redis's own: the one that all share.
--
-- KEYS[1]   hash: "full" the moment at which all turns will be there again, in µs, and "name"
--           what the last one was taken for
-- ARGV[1]   after how long a turn comes back, in µs
-- ARGV[2]   how many are there at most
-- ARGV[3]   what it is taken for, or nothing
--
-- Answers with 0, or for how many µs there is none.

local key, every_us, at_once, name = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local time = redis.call("TIME")
local now_us = time[1] * 1000000 + time[2]
local known = redis.call("HMGET", key, "full", "name")
local full_us = math.max(tonumber(known[1] or 0) or 0, now_us)

if name ~= "" and known[2] == name then
  return 0
end
local wait_us = full_us - (at_once - 1) * every_us - now_us
if wait_us > 0 then
  return math.ceil(wait_us)
end
full_us = full_us + every_us
redis.call("HSET", key, "full", string.format("%.0f", full_us), "name", name)
redis.call("PEXPIRE", key, math.ceil((full_us - now_us) / 1000))
return 0
