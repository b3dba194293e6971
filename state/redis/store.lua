-- Writes after-images of one partition and moves its position on, only from the position that the writer expects and only
-- for an owner that is not older than the last one.
-- KEYS[1] hash. ARGV: from, to, owner, reset, number of the last argument of the pairs; pairs of field and value; fields to delete.
-- The position is written last: a script that fails halfway leaves cells that are newer than the hash claims, never older.
local key = KEYS[1]
local from, to, owner = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local held = redis.call('HMGET', key, '@position', '@owner')
local position, writer = tonumber(held[1] or nil), tonumber(held[2] or nil)
if writer and writer > owner then return 0 end
if ARGV[4] == '1' then
  if position and position > to then return 0 end
  redis.call('UNLINK', key)
elseif position ~= from then
  return 0
end
-- unpack is bounded by the stack of the interpreter
local step = 2000
local pairs_end, last = tonumber(ARGV[5]), #ARGV
for i = 6, pairs_end, step do
  redis.call('HSET', key, unpack(ARGV, i, math.min(i + step - 1, pairs_end)))
end
for i = pairs_end + 1, last, step do
  redis.call('HDEL', key, unpack(ARGV, i, math.min(i + step - 1, last)))
end
redis.call('HSET', key, '@position', ARGV[2], '@owner', ARGV[3])
return 1
