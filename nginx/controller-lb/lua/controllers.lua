-- Which controller a request goes to: the leader, else one that is ready, else any; never twice the same.
-- All serve all of the API, so a wrong guess costs a little time and nothing else.

local peers = require "ngx.balancer"

local PERIOD = 0.25        -- seconds between two looks at a controller
local LOOK = 500           -- milliseconds that a look may take
local BEGIN = 3            -- seconds in which a controller must have begun: later it refuses
local READ = 3             -- seconds that a controller has to answer when another may be asked instead…
local WRITE = 12           -- …and for a write, so that few go on elsewhere: what does is done once all the same, by its key
local LAST = 30            -- seconds that the last one has
local IDLE_CONNECTION = 30 -- seconds; a controller closes it after 75
local BUSY = -3            -- nginx's "no live upstreams"

local DOWN, DOUBTFUL, READY, LEADER = 0, 1, 2, 3

local M = {}

local controllers, turn = {}, 0
for host, port in (os.getenv("AUTOSERVE_CONTROLLERS") or ""):gmatch("([%d.]+):(%d+)") do
    controllers[#controllers + 1] = { host = host, port = tonumber(port), rank = DOUBTFUL }
end

-- Ready it is that answers 200, and says so if it leads.
local function look(controller)
    local socket = ngx.socket.tcp()
    socket:settimeout(LOOK)
    if not socket:connect(controller.host, controller.port) then
        return DOWN
    end
    socket:send("GET /health/ready HTTP/1.0\r\nHost: controller\r\n\r\n")
    local answer = socket:receive("*a") or ""
    socket:close()
    if not answer:find("^HTTP/1.%d 200 ") then
        return DOUBTFUL
    end
    return answer:find('"role"%s*:%s*"leader"') and LEADER or READY
end

-- One light thread for each, so that a frozen controller delays no news of another. A look that fails is not the last.
local function keep_looking(premature, controller)
    if premature then
        return
    end
    local looked, rank = pcall(look, controller)
    controller.rank = looked and rank or DOUBTFUL
    ngx.timer.at(PERIOD, keep_looking, controller)
end

function M.watch()
    for _, controller in ipairs(controllers) do
        ngx.timer.at(0, keep_looking, controller)
    end
end

-- The highest rank; among equals the turn goes round.
local function best(tried)
    local chosen
    turn = turn % #controllers + 1
    for i = 0, #controllers - 1 do
        local controller = controllers[(turn + i - 1) % #controllers + 1]
        if not tried[controller] and (not chosen or controller.rank > chosen.rank) then
            chosen = controller
        end
    end
    return chosen
end

-- A frozen controller wakes up with old writes before it, which others have done since. Five minutes later that could not be
-- told by their keys any more.
function M.deadline()
    return ("%d"):format((ngx.now() + BEGIN) * 1000)
end

local function patience(context)
    if ngx.var.repeatable == "" or context.left == 0 then
        return LAST
    end
    return ngx.req.get_method() == "GET" and READ or WRITE
end

-- nginx asks again only after a try that failed and that may be repeated.
function M.pick()
    local context = ngx.ctx
    if ngx.var.upstream_http_x_autoserve_busy then
        ngx.var.busy = "yes" -- three who are asked have three times the work, on the same processors and database
        return ngx.exit(BUSY)
    end
    if context.last then
        context.last.rank = DOUBTFUL -- until the next look
        ngx.var.deadline = M.deadline()
        peers.recreate_request()
    else
        context.tried, context.left = {}, #controllers
        peers.set_more_tries(#controllers - 1)
    end
    local controller = best(context.tried)
    if not controller then
        return ngx.exit(BUSY) -- nginx grants a try more for each kept connection that broke
    end
    context.last, context.tried[controller], context.left = controller, true, context.left - 1
    peers.set_current_peer(controller.host, controller.port)

    if ngx.var.stream == "" then
        local seconds = patience(context)
        peers.set_timeouts(0.5, seconds, seconds)
    end
    if ngx.var.repeatable ~= "" then
        -- A kept connection may be closed just as the request is sent, which for others would be an answer lost.
        peers.enable_keepalive(IDLE_CONNECTION, 1000)
    end
end

local TEXTS = {
    [502] = "the connection to the controller was lost before it answered: check whether it took effect before you retry",
    [503] = "no controller can be reached: apps are still served, retry in a few seconds",
}

local TOO_MUCH = '{"type":"urn:autoserve:problem:busy","title":"Service Unavailable","status":503,"detail":"%s","errors":[]}'

-- 503: nothing was done, nobody was there, or had the time. 502: that is not known.
function M.apologise()
    if ngx.var.busy ~= "" then
        ngx.status = 503
        ngx.header["Content-Type"] = "application/problem+json"
        ngx.header["X-Request-Id"] = ngx.var.request_id_given
        ngx.header["Retry-After"] = "1"
        ngx.print(TOO_MUCH:format("the controllers cannot run more writes in time: nothing was changed, retry in a second"))
        return
    end
    local sent = (ngx.var.upstream_bytes_sent or ""):find("[1-9]")
    local status = sent and 502 or 503
    ngx.status = status
    ngx.header["Content-Type"] = "application/problem+json"
    ngx.header["X-Request-Id"] = ngx.var.request_id_given
    ngx.header["Retry-After"] = "1"
    ngx.print(('{"type":"about:blank","title":"%s","status":%d,"detail":"%s"}'):format(
        status == 502 and "Bad Gateway" or "Service Unavailable", status, TEXTS[status]))
end

return M
