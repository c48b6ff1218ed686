-- Does one act to one record, and answers with its effect and the record as it is then.
-- KEYS: the record, its votes, the set of open places.
-- ARGV: place, channel, domain, a generation if the record has to be made, the name of the act, and
-- what belongs to that.

local place, channel, domain, act = ARGV[1], ARGV[2], ARGV[3], ARGV[5]
local a, b, c, d = ARGV[6], ARGV[7], ARGV[8], ARGV[9]

local r, trouble = read(KEYS[1])
if trouble then return trouble end
local votes, rest
votes, trouble, rest = read_votes(KEYS[2])
if trouble then return trouble end

local is_new = not r
r = r or { generation = ARGV[4], epoch = 0, at = now }
local written = r.at
local is_healed = heal(r)
local effect = 'n'

-- Returns whether the outcome of a probe with that lease counts. The lease is two arguments.
local function counts(generation, epoch)
  epoch = number(epoch, LATEST)
  return r.open and generation == r.generation and epoch and epoch > r.began and epoch <= r.epoch
end

-- Returns whether that is the last lease.
local function holds(generation, epoch)
  return counts(generation, epoch) and tonumber(epoch) == r.epoch
end

local function open(length, openings)
  r.epoch = r.epoch + 1
  r.open, r.began, r.openings = true, r.epoch, math.min(openings, 65535)
  r.ends, r.length = now + length, length
  effect = 'c'
end

local function close()
  r.epoch, r.open, votes = r.epoch + 1, false, {}
  redis.call('DEL', KEYS[2])
  effect = 'c'
end

if act == 'vote' and not r.open then
  local life, others = tonumber(a), count(votes, domain)
  local is_first = others == 0 and not votes[domain]
  votes[domain] = now + life
  for _, old in ipairs(rest) do redis.call('HDEL', KEYS[2], old) end
  redis.call('HSET', KEYS[2], domain, digits(now + life) .. ' ' .. a)
  redis.call('PEXPIRE', KEYS[2], digits(KEPT))
  if others + 1 >= tonumber(d) then
    open(tonumber(b), tonumber(c))
  elseif is_first then
    redis.call('PUBLISH', channel, table.concat({ 's', a, '=' .. domain, place }, ' '))
  end
elseif act == 'withdraw' then
  votes[domain] = nil
  redis.call('HDEL', KEYS[2], domain)
elseif act == 'claim' and r.open and now >= r.ends then
  r.epoch, r.holder = r.epoch + 1, domain
  r.length = tonumber(a)
  r.ends = now + r.length
  effect = 'g'
elseif act == 'renew' and holds(a, b) and now + tonumber(c) > r.ends then
  r.length = tonumber(c)
  r.ends = now + r.length
  effect = 'c'
elseif act == 'back' and holds(a, b) and r.ends > now then
  r.ends = now
  effect = 'c'
elseif act == 'recover' and counts(a, b) then
  close()
elseif act == 'recover_if_due' and r.open and now >= r.ends
  and a == r.generation and number(b, LATEST) == r.began then
  close()
elseif act == 'relapse' and counts(a, b) then
  r.failed = domain
  open(tonumber(c), r.openings + 1)
end

if effect == 'n' and is_healed then effect = 'c' end
if effect ~= 'n' or is_new then
  write(KEYS[1], KEYS[3], place, r)
else
  r.at = written
end
local seen = line(place, r, votes)
if effect ~= 'n' then redis.call('PUBLISH', channel, 'r ' .. seen) end
return effect .. ' ' .. seen
