-- Asks Docker itself, past the rules, what a container, a command or an image is.

local schema = require "engine.schema"

local SOCKET = "unix:/var/run/docker.sock"
local PATIENCE = 60000 -- milliseconds; the caller has a deadline of its own

local M = { socket = SOCKET }

-- Returns the status and the text of the answer, or nil if Docker does not answer.
local function get(path)
    local socket = ngx.socket.tcp()
    socket:settimeout(PATIENCE)
    if not socket:connect(SOCKET) then
        return nil
    end
    socket:send("GET " .. path .. " HTTP/1.0\r\nHost: docker\r\n\r\n")
    local answer = socket:receive("*a") or ""
    socket:close()
    local status, text = answer:match("^HTTP/1%.%d (%d+).-\r\n\r\n(.*)$")
    return tonumber(status), text
end

local function ask(path)
    local status, text = get(path)
    local known = status == 200 and schema.decode(text)
    if status == 200 and type(known) ~= "table" then
        return nil
    end
    return status, text, known
end

-- Returns the status, the text of the answer and the decoded answer.
function M.container(name)
    return ask("/containers/" .. name .. "/json")
end

function M.exec(id)
    return ask("/exec/" .. id .. "/json")
end

function M.image(name)
    return ask("/images/" .. name .. "/json")
end

return M
