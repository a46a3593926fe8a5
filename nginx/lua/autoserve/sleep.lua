-- Holds the requests for an app that sleeps, which means that it has no instances, until an instance
-- is ready. Tells the leader, when it asks, for which apps requests wait, and how long ago the last
-- request was that keeps an app awake.
--
-- A request is held before its body is read, so a held request costs no more than its connection.

local semaphore = require "ngx.semaphore"
local memory = require "autoserve.memory"
local routes = require "autoserve.routes"

local dict = ngx.shared.sleep
local MOST_OF_APP, MOST = 500, 2000 -- requests that a worker holds, of one app and of all apps
local WATCH = 0.01  -- seconds between two looks at the table while requests are held
local ASK = 0.02    -- seconds between two looks for new requests while the leader waits
local STEP = 0.1    -- seconds between two looks of a request in a worker that ends and sets no timers
local NOTE = 1      -- seconds between two notes of a worker about an app that is awake
local NEWS = 0.5    -- seconds between two notes of a worker that requests wait
local FRESH = 2     -- seconds after which a note that requests wait is out of date
local KEPT = 172800 -- seconds for which the time of the last request is kept, more than any idleSeconds

local M = {}

local held = {}        -- by the app's name: {semaphore, noted} of the requests that this worker holds
local watching = false -- whether a timer is set that looks whether the held requests can continue

-- Returns whether the path is the same as the URI, or above it.
local function covers(path, uri)
    local below = path:sub(-1) == "/" and path or path .. "/"
    return uri == path or uri:sub(1, #below) == below
end

-- Returns whether the present request neither wakes the app nor keeps it awake.
local function is_ignored(rules)
    local var = ngx.var
    for i = 1, #rules.paths do
        if covers(rules.paths[i], var.uri) then
            return true
        end
    end
    local agent = #rules.agents > 0 and (var.http_user_agent or ""):lower()
    for i = 1, #rules.agents do
        if agent:find(rules.agents[i], 1, true) then
            return true
        end
    end
    return false
end

-- Returns how many requests wait at a semaphore.
local function waiting_at(sema)
    return math.max(0, -sema:count())
end

local function count_held()
    local count = 0
    for _, of_app in pairs(held) do
        count = count + waiting_at(of_app.semaphore)
    end
    return count
end

-- Notes for the leader that requests wait for the app.
local function note_waiting(name, of_app, now)
    if of_app.noted and now - of_app.noted < NEWS then
        return
    end
    of_app.noted = now
    dict:set("waiting:" .. name, true, FRESH)
    dict:incr("news", 1, 0)
end

local function may_continue(name)
    local app = routes.app(name)
    return not app or not app.sleep or #app.peers > 0
end

local watch

local function start_watching()
    if not watching and next(held) then
        watching = ngx.timer.at(WATCH, watch) and true or false
    end
end

-- Lets the requests continue whose app has an instance now. In a worker that ends, lets all of them
-- look for themselves.
function watch(ending)
    watching = false
    local now = memory.now()
    for name, of_app in pairs(held) do
        local count = waiting_at(of_app.semaphore)
        if count == 0 then
            held[name] = nil
        elseif ending or may_continue(name) then
            held[name] = nil
            of_app.semaphore:post(count)
        else
            note_waiting(name, of_app, now)
        end
    end
    start_watching()
end

-- Waits until the app has an instance. Returns "full" if too many requests wait already, and "late" if
-- the time is over.
local function wait(name, seconds)
    local deadline = memory.now() + seconds
    while not may_continue(name) do
        local now = memory.now()
        if now >= deadline then
            return "late"
        end
        local of_app = held[name]
        if not of_app then
            of_app = { semaphore = semaphore.new() }
            held[name] = of_app
        end
        -- also wakes the app if there is no room, for which the requests of other apps may be the reason
        note_waiting(name, of_app, now)
        if waiting_at(of_app.semaphore) >= MOST_OF_APP or count_held() >= MOST then
            return "full"
        end
        start_watching()
        of_app.semaphore:wait(ngx.worker.exiting() and math.min(STEP, deadline - now) or deadline - now)
    end
end

-- Runs in the rewrite phase for a request to an app that may sleep. Returns nil if the request may
-- continue, and otherwise why it gets no answer of the app: "ignored", "full" or "late".
function M.hold(route)
    local rules = route.app.sleep
    if may_continue(route.name) then
        return nil
    end
    if is_ignored(rules) then
        return "ignored"
    end
    M.note(route)
    return wait(route.name, rules.hold)
end

-- Notes that the present request keeps the app awake, unless it is one of those that do not.
function M.note(route)
    local rules, now = route.app.sleep, memory.now()
    if rules.noted and now - rules.noted < NOTE or is_ignored(rules) then
        return
    end
    rules.noted = now
    dict:set("last:" .. route.name, now, KEPT)
end

-- Returns what the leader wants to know about an app that may sleep. Requests from before nginx knew
-- that the app may sleep were not noted, so such an app is idle only from the first question on.
function M.state(name)
    local key, now = "last:" .. name, memory.now()
    local last = dict:get(key)
    if not last then
        dict:add(key, now, KEPT)
        last = now
    end
    return { idle = now - last, waiting = dict:get("waiting:" .. name) or false }
end

-- Returns those of the apps for which requests wait. Waits for one, but for so many seconds at most.
function M.await(names, seconds)
    local deadline, seen = memory.now() + seconds, nil
    while true do
        local news = dict:get("news") or 0
        if news ~= seen then
            seen = news
            local found = {}
            for _, name in ipairs(names) do
                if dict:get("waiting:" .. name) then
                    found[#found + 1] = name
                end
            end
            if #found > 0 then
                return found
            end
        end
        if memory.now() >= deadline or ngx.worker.exiting() then
            return {}
        end
        ngx.sleep(ASK)
    end
end

return M
