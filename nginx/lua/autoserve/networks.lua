-- Networks of clients, and the part of an address that stands for a client.

local bit = require "bit"
local ffi = require "ffi"

ffi.cdef "int inet_pton(int family, const char *text, void *address);"

local INET, INET6 = 2, 10
local MAPPED = ("\0"):rep(10) .. "\255\255" -- in front of an IPv4 address that is written as IPv6
local buffer = ffi.new "unsigned char[16]"

local M = {}

local function bytes_of(text)
    local family = text:find(":", 1, true) and INET6 or INET
    if ffi.C.inet_pton(family, text, buffer) == 1 then
        return ffi.string(buffer, family == INET and 4 or 16)
    end
end

-- Returns the network of a text such as "10.0.0.0/8" or "::1", or nil if it is none.
local function parse(text)
    local address, bits = text:match("^([^/]+)/?(%d*)$")
    local bytes = address and bytes_of(address)
    return bytes and { bytes = bytes, bits = tonumber(bits) or 8 * #bytes }
end

-- Returns a list of networks. A text that is no network covers no client.
function M.read(texts)
    local networks = {}
    for _, text in ipairs(texts) do
        networks[#networks + 1] = parse(text)
    end
    return networks
end

-- Returns the four bytes of an IPv4 address also if it is written as IPv6.
local function plain(address)
    return #address == 16 and address:sub(1, 12) == MAPPED and address:sub(13) or address
end

local function covers(network, address)
    if #network.bytes ~= #address then
        return false
    end
    local whole = (network.bits - network.bits % 8) / 8
    if network.bytes:sub(1, whole) ~= address:sub(1, whole) then
        return false
    end
    local rest = network.bits % 8
    return rest == 0
        or bit.rshift(bit.bxor(network.bytes:byte(whole + 1), address:byte(whole + 1)), 8 - rest) == 0
end

-- Returns whether one of the networks covers the address, which is 4 or 16 bytes.
function M.cover(networks, address)
    address = plain(address)
    for i = 1, #networks do
        if covers(networks[i], address) then
            return true
        end
    end
    return false
end

-- Returns what stands for a client: its IPv4 address, or the first half of its IPv6 address, because
-- a client usually has all addresses with the same half.
function M.client(address)
    address = plain(address)
    return #address == 16 and address:sub(1, 8) or address
end

return M
