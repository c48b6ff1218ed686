-- Does one act to one record, and answers with its effect and the record as it is then.
-- KEYS: the record, its votes, the set of open places, the live domains.
-- ARGV: place, channel, domain, a generation if the record has to be made, the name of the act, and
-- its arguments.

local place, channel, domain, act = ARGV[1], ARGV[2], ARGV[3], ARGV[5]
local a, b, c, d = ARGV[6], ARGV[7], ARGV[8], ARGV[9]

local r, trouble = read(KEYS[1])
if trouble then return trouble end
local votes
votes, trouble = read_votes(KEYS[2])
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
  for other in pairs(votes) do
    -- A failed probe of another domain has confirmed the suspicion of `other`.
    if r.failed and r.failed ~= other then votes[other] = nil else take_back(votes, other) end
  end
  write_votes(KEYS[2], votes)
  r.epoch, r.open = r.epoch + 1, false
  effect = 'c'
end

-- Returns how many domains open a record: a tenth of those that are alive, at least two and at most
-- ten. A single live domain is enough.
local function quorum()
  local alive = live(KEYS[4], domain)
  if alive <= 1 then return 1 end
  return math.max(2, math.min(10, math.ceil(alive / 10)))
end

-- Returns whether a suspicion is running: the vote of the domain that raised it still counts.
local function is_suspected()
  for _, vote in pairs(votes) do
    if vote.raised > 0 and vote.ends > now then return true end
  end
  return false
end

if act == 'vote' and not r.open then
  local life, needed = tonumber(a), tonumber(d) or quorum()
  local vote = { ends = now + life, life = life, raised = 0 }
  -- Each domain raises one suspicion: where errors come now and then, each costs others a trip.
  if votes[domain] then vote.raised = votes[domain].raised end
  if count(votes, domain) + 1 >= needed then
    open(tonumber(b), tonumber(c))
  elseif vote.raised == 0 and not is_suspected() then
    vote.raised = now
    redis.call('PUBLISH', channel, table.concat({ 's', a, '=' .. domain, place }, ' '))
  end
  votes[domain] = vote
  write_votes(KEYS[2], votes)
elseif act == 'withdraw' then
  take_back(votes, domain)
  write_votes(KEYS[2], votes)
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
