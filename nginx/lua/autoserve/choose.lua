-- Chooses a peer, which is an instance of the app. Each algorithm considers only the peers that
-- `fits` accepts. The caller of the algorithm decides how strict `fits` is.

local bit = require "bit"
local memory = require "autoserve.memory"

local random, log = math.random, math.log

-- Levels of strictness. FRESH accepts peers that were not tried for this request and did not just
-- fail. UNTRIED also accepts those that just failed. ANY accepts every peer.
local FRESH, UNTRIED, ANY = 1, 2, 3

local function fits(peer, pickiness, tried, now)
    if pickiness == ANY then
        return true
    end
    if tried and tried[peer.slot] then
        return false
    end
    return pickiness == UNTRIED or memory.shared.ejected_until[peer.slot] <= now
end

-- Smooth weighted round robin, as in nginx's own ngx_http_upstream_round_robin.c. The only state is
-- the `turn` of each candidate. A choice does not change the sum of all turns. A peer may therefore
-- be a candidate in several lists of different lengths, which do not disturb each other.
--
-- With `least`, only peers whose `load` is at most `least` can be chosen.
local function take_turn(candidates, pickiness, tried, now, least)
    local best, total = nil, 0
    for i = 1, #candidates do
        local candidate = candidates[i]
        if candidate.peers or (fits(candidate, pickiness, tried, now) and (not least or candidate.load <= least)) then
            candidate.turn = candidate.turn + candidate.weight
            total = total + candidate.weight
            if not best or candidate.turn > best.turn then
                best = candidate
            end
        end
    end
    if best then
        best.turn = best.turn - total
    end
    return best
end

local function load_of(peer)
    return memory.in_flight(peer.slot) / peer.weight
end

-- Chooses the peer with the least load. Peers with the same least load take turns by weight, as in
-- nginx's own least_conn. The function reads each load only once, because other workers change the
-- loads meanwhile.
local function least_conn(_, peers, pickiness, tried, now)
    local least
    for i = 1, #peers do
        local peer = peers[i]
        peer.load = load_of(peer)
        if fits(peer, pickiness, tried, now) and (not least or peer.load < least) then
            least = peer.load
        end
    end
    return least and take_turn(peers, pickiness, tried, now, least)
end

-- Returns a random peer other than `except`, with a probability in proportion to its weight.
local function any_of(peers, pickiness, tried, now, except)
    local chosen, seen = nil, 0
    for i = 1, #peers do
        local peer = peers[i]
        if peer ~= except and fits(peer, pickiness, tried, now) then
            seen = seen + peer.weight
            if random() * seen < peer.weight then
                chosen = peer
            end
        end
    end
    return chosen
end

local function random_two(_, peers, pickiness, tried, now)
    local one = any_of(peers, pickiness, tried, now)
    local other = one and any_of(peers, pickiness, tried, now, one)
    if other and load_of(other) < load_of(one) then
        return other
    end
    return one
end

local function round_robin(_, peers, pickiness, tried, now)
    return take_turn(peers, pickiness, tried, now)
end

-- Maps 32 bits to a well-mixed number between 0 and 1, both excluded. This is the finalizer of
-- MurmurHash3, without its carries.
local function mixed(x)
    x = bit.bxor(x, bit.rshift(x, 16))
    x = bit.tobit(bit.band(x, 0xffff) * 0x6b + bit.lshift(bit.band(bit.rshift(x, 16) * 0x85eb, 0xffff), 16) + x * 5)
    x = bit.bxor(x, bit.rshift(x, 13))
    x = bit.tobit(bit.band(x, 0xffff) * 0xae35 + bit.lshift(bit.band(bit.rshift(x, 16) * 0xc2b2, 0xffff), 16))
    x = bit.bxor(x, bit.rshift(x, 16))
    return (bit.band(x, 0x7fffffff) + 0.5) / 0x80000000
end

-- Rendezvous hashing with weights. An instance that joins or leaves moves only its own share of the
-- client addresses.
local function ip_hash(_, peers, pickiness, tried, now)
    local client = ngx.crc32_long(ngx.var.binary_remote_addr)
    local best, best_score
    for i = 1, #peers do
        local peer = peers[i]
        if fits(peer, pickiness, tried, now) then
            local score = -peer.weight / log(mixed(bit.bxor(client, peer.hash)))
            if not best or score > best_score then
                best, best_score = peer, score
            end
        end
    end
    return best
end

local algorithms = { least_conn = least_conn, round_robin = round_robin, ip_hash = ip_hash, random_two = random_two }

-- Returns the peers to choose from. For the algorithms that choose by load, these are the peers of
-- one revision, which is chosen by weight. Otherwise an idle canary would always win.
local function of_one_revision(app)
    if #app.revisions == 1 or app.algorithm == "round_robin" or app.algorithm == "ip_hash" then
        return app.peers
    end
    return take_turn(app.revisions).peers
end

local function sticks(app, tried, now)
    local key = app.cookie and ngx.var[app.cookie_variable]
    local peer = key and app.by_key[key]
    return peer and fits(peer, FRESH, tried, now) and peer
end

-- Returns the peer for this request, or nil if the app has none. `tried` has the slots of the peers
-- that failed for this request, or is nil.
return function(app, tried, now)
    if #app.peers == 0 then
        return nil
    end
    local algorithm = algorithms[app.algorithm] or least_conn
    return sticks(app, tried, now)
        or algorithm(app, of_one_revision(app), FRESH, tried, now)
        or algorithm(app, app.peers, FRESH, tried, now)
        or algorithm(app, app.peers, UNTRIED, tried, now)
        or algorithm(app, app.peers, ANY, tried, now)
end
