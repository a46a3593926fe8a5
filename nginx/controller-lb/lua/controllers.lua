-- Chooses the controller for a request: the leader, else a ready controller, else any controller. A
-- request never tries the same controller twice. Every controller serves the whole API, so a wrong
-- choice only costs some time.

local peers = require "ngx.balancer"
local ssl = require "ngx.ssl"

local PERIOD = 0.25        -- seconds between two probes of a controller
local REST = 1             -- the same for a ready controller that does not lead while another one does
local PROBE = 500          -- milliseconds that a probe may take
local CONNECT = 0.5        -- seconds that the first controller has to connect, with the handshake of TLS
local CONNECT_AGAIN = 2    -- the same for each further one; longer, since its handshake may only be slow
local BEGIN = 3            -- seconds after which a controller must refuse to start a write
local READ = 3             -- seconds that a controller has to answer a GET if another can be tried
local WRITE = 12           -- the same for a write; longer, so that few writes are retried
local LAST = 30            -- seconds that the last controller has to answer
local IDLE_CONNECTION = 30 -- seconds; a controller closes an idle connection after 75
local BUSY = -3            -- nginx's "no live upstreams"

local DOWN, DOUBTFUL, READY, LEADER = 0, 1, 2, 3

local IDENTITY = "/run/autoserve/part" -- the balancer's certificate and key; without them there is no TLS

local M = {}

-- The name in the certificates of all controllers.
M.name = (os.getenv("AUTOSERVE_INSTALLATION") or "autoserve") .. "-controller"

local controllers, turn = {}, 0
for host, port in (os.getenv("AUTOSERVE_CONTROLLERS") or ""):gmatch("([%d.]+):(%d+)") do
    controllers[#controllers + 1] = { host = host, port = tonumber(port), rank = DOUBTFUL }
end

local function content_of(name)
    local file = io.open(name)
    local content = file and file:read("*a")
    if file then
        file:close()
    end
    return content
end

local with_tls = content_of(IDENTITY .. ".crt") ~= nil

local function handshake(socket)
    local certificate = ssl.parse_pem_cert(content_of(IDENTITY .. ".crt"))
    local key = ssl.parse_pem_priv_key(content_of(IDENTITY .. ".key"))
    return socket:setclientcert(certificate, key) and socket:sslhandshake(nil, M.name, true)
end

-- Returns the status line and the body of the answer, or nil and the error.
local function ask(socket)
    local sent, why = socket:send("GET /health/ready HTTP/1.1\r\nHost: controller\r\n\r\n")
    if not sent then
        return nil, why
    end
    local status, line, length = nil, nil, 0
    repeat
        line, why = socket:receive("*l")
        if not line then
            return nil, why
        end
        status = status or line
        length = tonumber(line:lower():match("^content%-length:%s*(%d+)")) or length
    until line == ""
    local body, cut = socket:receive(length)
    return body and status, body or cut
end

-- Takes the connection of the previous probe if it still exists, since a handshake costs more than
-- the probe. Returns also whether the connection was used before.
local function connect(controller)
    local socket = ngx.socket.tcp()
    socket:settimeout(PROBE)
    if not socket:connect(controller.host, controller.port) then
        return
    end
    local used = socket:getreusedtimes() > 0
    if with_tls and not used and not handshake(socket) then
        socket:close()
        return
    end
    return socket, used
end

-- A controller that answers 200 is ready. Its answer contains its role.
local function probe(controller)
    local socket, used = connect(controller)
    if not socket then
        return DOWN
    end
    local status, body = ask(socket)
    if not status then
        socket:close()
        local closed_before = used and body ~= "timeout"
        return closed_before and probe(controller) or DOUBTFUL
    end
    socket:setkeepalive(IDLE_CONNECTION * 1000, 1)
    if not status:find("^HTTP/1.%d 200 ") then
        return DOUBTFUL
    end
    return body:find('"role"%s*:%s*"leader"') and LEADER or READY
end

-- While there is a leader, a ready controller that does not lead gets no request.
local function pause(controller)
    for _, other in ipairs(controllers) do
        if other.rank == LEADER and controller.rank == READY then
            return REST
        end
    end
    return PERIOD
end

-- A separate light thread probes each controller, so that a frozen controller does not delay the
-- probes of the others. Probing continues after an error.
local function keep_probing(premature, controller)
    if premature then
        return
    end
    local probed, rank = pcall(probe, controller)
    controller.rank = probed and rank or DOUBTFUL
    ngx.timer.at(pause(controller), keep_probing, controller)
end

function M.watch()
    for _, controller in ipairs(controllers) do
        ngx.timer.at(0, keep_probing, controller)
    end
end

-- Returns the controller with the highest rank. Controllers of equal rank take turns.
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

-- Returns the time by which a controller must start a write, in milliseconds since 1970. A frozen
-- controller may wake up with old writes that other controllers have done meanwhile. Idempotency
-- keys are deleted after ten minutes, so a key alone would not prevent a second run.
function M.deadline()
    return ("%d"):format((ngx.now() + BEGIN) * 1000)
end

local function patience(context)
    if ngx.var.repeatable == "" or context.left == 0 then
        return LAST
    end
    return ngx.req.get_method() == "GET" and READ or WRITE
end

-- Picks the controller for a try. nginx tries again only if the previous try failed and the request
-- may be repeated.
function M.pick()
    local context = ngx.ctx
    if ngx.var.upstream_http_x_autoserve_busy then
        ngx.var.busy = "yes" -- a retry would add load to the same processors and database
        return ngx.exit(BUSY)
    end
    if context.last then
        context.last.rank = DOUBTFUL -- until the next probe
        ngx.var.deadline = M.deadline()
        peers.recreate_request()
    else
        context.tried, context.left = {}, #controllers
        peers.set_more_tries(#controllers - 1)
    end
    local controller = best(context.tried)
    if not controller then
        return ngx.exit(BUSY) -- nginx allows one more try for each kept connection that broke
    end
    local connect = context.last and CONNECT_AGAIN or CONNECT
    context.last, context.tried[controller], context.left = controller, true, context.left - 1
    peers.set_current_peer(controller.host, controller.port)

    local seconds = nil -- a stream has the timeouts of its location
    if ngx.var.stream == "" then
        seconds = patience(context)
    end
    peers.set_timeouts(connect, seconds, seconds)
    if ngx.var.repeatable ~= "" then
        -- A kept connection may be closed just as the request is sent. A request that may not be
        -- repeated would then lose its answer, so it gets a new connection.
        peers.enable_keepalive(IDLE_CONNECTION, 1000)
    end
end

local TEXTS = {
    [502] = "the connection to the controller was lost before it answered: check whether the request took effect before you retry",
    [503] = "no controller can be reached: apps are still served, retry in a few seconds",
}

local TOO_MUCH = '{"type":"urn:autoserve:problem:busy","title":"Service Unavailable","status":503,"detail":"%s","errors":[]}'

-- Answers 503 if no controller can have done the request, and 502 if one may have done it.
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
