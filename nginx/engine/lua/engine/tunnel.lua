-- Carries the bytes of a command in both directions. nginx's own tunnel ends both directions as soon
-- as the client ends one, but a command that reads its input to the end writes its answer afterwards.

local bit = require "bit"
local ffi = require "ffi"
local base = require "resty.core.base"
require "resty.core.socket"

local docker = require "engine.docker"

ffi.cdef [[
typedef struct ngx_http_lua_socket_tcp_upstream_s ngx_http_lua_socket_tcp_upstream_t;
int ngx_http_lua_ffi_socket_tcp_hack_fd(ngx_http_lua_socket_tcp_upstream_t *u, int fd,
    unsigned char *errstr, size_t *errlen);
int shutdown(int fd, int how);
typedef struct { int fd; short events; short revents; } engine_pollfd;
int poll(engine_pollfd *fds, unsigned long count, int timeout);
]]

local WRITING = 1             -- SHUT_WR
local HANG_UP = 16            -- POLLHUP
local PART = 65536            -- bytes that are passed on at once
local CONNECT = 10000         -- milliseconds
local FOREVER = 24 * 3600000  -- milliseconds; a shell may be idle for long
local NUMBER_OF_NONE = 2 ^ 30 -- a file descriptor that no process has
local SILENCE = 5000          -- milliseconds without output, after which the client is looked at
local LONGEST_HEAD = 100      -- lines

local M = {}

-- Returns the file descriptor of a socket, which is negative if the socket is closed. The module offers
-- no such call, but it can exchange the file descriptor, which tells what it was.
local function descriptor(socket)
    local text, length = base.get_string_buf(256), base.get_size_ptr()
    length[0] = 256
    local fd = ffi.C.ngx_http_lua_ffi_socket_tcp_hack_fd(socket[1], NUMBER_OF_NONE, text, length)
    if fd >= 0 then
        length[0] = 256
        ffi.C.ngx_http_lua_ffi_socket_tcp_hack_fd(socket[1], fd, text, length)
    end
    return fd
end

-- Ends only the direction to Docker.
local function end_input(engine)
    local fd = descriptor(engine)
    if fd >= 0 then
        ffi.C.shutdown(fd, WRITING)
    end
end

-- Tells whether the client has closed its connection. A client that has only ended its input still
-- waits for output, and its socket has not hung up.
local function is_gone(fd)
    local client = ffi.new("engine_pollfd", { fd = fd })
    ffi.C.poll(client, 1, 0)
    return bit.band(client.revents, HANG_UP) ~= 0
end

local function pass_input(client, engine)
    while true do
        local bytes = client:receiveany(PART)
        if not bytes or not engine:send(bytes) then
            return end_input(engine)
        end
    end
end

-- Returns when Docker has ended the output, or when the client is gone. Docker does not end the output
-- of a command that is silent and keeps running, so a client that is gone is noticed here.
local function pass_output(engine, client, fd)
    while true do
        local bytes, problem = engine:receiveany(PART)
        if bytes then
            if not client:send(bytes) then
                return
            end
        elseif problem ~= "timeout" or is_gone(fd) then
            return
        end
    end
end

-- Returns the lines of Docker's head, or nil.
local function head(socket)
    local lines = {}
    repeat
        local line = socket:receive("*l")
        if not line or #lines == LONGEST_HEAD then
            return nil
        end
        lines[#lines + 1] = line
    until line == ""
    return lines
end

-- Passes on that Docker refuses to start the command.
local function refused(socket, lines)
    local length
    for _, line in ipairs(lines) do
        length = length or line:lower():match("^content%-length: *(%d+)$")
    end
    local text = length and socket:receive(tonumber(length)) or ""
    socket:close()
    ngx.status = tonumber(lines[1]:match("^HTTP/1%.%d (%d+)")) or 502
    ngx.header["Content-Length"] = #text
    ngx.print(text)
end

-- Takes the checked path from the variable of nginx, and the checked body from the request.
function M.run()
    local path, body = ngx.var.target, ngx.req.get_body_data()
    local engine = ngx.socket.tcp()
    engine:settimeouts(CONNECT, FOREVER, FOREVER)
    if not engine:connect(docker.socket) then
        return ngx.exit(444)
    end
    engine:send(("POST %s HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
        .. "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"):format(path, #body, body))
    local lines = head(engine)
    if not lines then
        return ngx.exit(444)
    end
    -- Before this answer, Docker would take further bytes for requests.
    if not lines[1]:find("^HTTP/1%.1 101 ") then
        return refused(engine, lines)
    end
    local client = ngx.req.socket(true)
    if not client then
        return ngx.exit(444)
    end
    client:settimeouts(FOREVER, FOREVER, FOREVER)
    client:send(table.concat(lines, "\r\n") .. "\r\n")
    local fd = descriptor(client)
    local input = ngx.thread.spawn(pass_input, client, engine)
    engine:settimeouts(CONNECT, FOREVER, SILENCE)
    pass_output(engine, client, fd)
    ngx.thread.kill(input)
    engine:close()
    return ngx.exit(444)
end

return M
