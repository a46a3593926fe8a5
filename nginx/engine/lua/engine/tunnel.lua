-- Carries the bytes of a command in both directions. nginx's own tunnel ends both directions as soon
-- as the client ends one, but a command that reads its input to the end writes its answer afterwards.

local ffi = require "ffi"
local base = require "resty.core.base"
require "resty.core.socket"

local docker = require "engine.docker"

ffi.cdef [[
typedef struct ngx_http_lua_socket_tcp_upstream_s ngx_http_lua_socket_tcp_upstream_t;
int ngx_http_lua_ffi_socket_tcp_hack_fd(ngx_http_lua_socket_tcp_upstream_t *u, int fd,
    unsigned char *errstr, size_t *errlen);
int shutdown(int fd, int how);
]]

local WRITING = 1             -- SHUT_WR
local PART = 65536            -- bytes that are passed on at once
local CONNECT = 10000         -- milliseconds
local FOREVER = 24 * 3600000  -- milliseconds; a shell may be idle for long
local NUMBER_OF_NONE = 2 ^ 30 -- a file descriptor that no process has
local LONGEST_HEAD = 100      -- lines

local M = {}

-- Ends only the direction to Docker. The module offers no such call, but it can exchange the file
-- descriptor of a socket, which tells what it was.
local function end_input(socket)
    local text, length = base.get_string_buf(256), base.get_size_ptr()
    length[0] = 256
    local fd = ffi.C.ngx_http_lua_ffi_socket_tcp_hack_fd(socket[1], NUMBER_OF_NONE, text, length)
    if fd < 0 then
        return
    end
    length[0] = 256
    ffi.C.ngx_http_lua_ffi_socket_tcp_hack_fd(socket[1], fd, text, length)
    ffi.C.shutdown(fd, WRITING)
end

local function pass(from, to)
    while true do
        local bytes = from:receiveany(PART)
        if not bytes or not to:send(bytes) then
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
    local input = ngx.thread.spawn(function()
        pass(client, engine)
        end_input(engine)
    end)
    pass(engine, client)
    ngx.thread.kill(input)
    engine:close()
    return ngx.exit(444)
end

return M
