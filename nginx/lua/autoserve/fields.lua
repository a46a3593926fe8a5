-- Checks the names of a request's header fields. nginx passes on all names, also those with "_" or
-- ".", and leaves it to this module to refuse what is not a name (RFC 9110, 5.6.2).

local ffi = require "ffi"
local bit = require "bit"
local base = require "resty.core.base"
require "resty.core.request" -- declares the functions of C that this module calls

local C = ffi.C

local ORDINARY, UNDERSCORE, FORBIDDEN = 0, 1, 2
local kinds = ffi.new "uint8_t[256]"
for byte = 0, 255 do
    local char = string.char(byte)
    kinds[byte] = char == "_" and UNDERSCORE or char:find("^[%w!#$%%&'*+.^`|~-]$") and ORDINARY or FORBIDDEN
end

-- Many apps see "-" and "_" as the same, because CGI and WSGI do. With an underscore in their name,
-- clients could therefore forge the fields that frame a request, and those that nginx sets or
-- removes; see conf/forward.conf.
local FRAMING = { ["content-length"] = true, ["transfer-encoding"] = true }
local OURS = {
    ["http2-settings"] = true,
    ["x-client-ip"] = true,
    ["x-forwarded-for"] = true,
    ["x-forwarded-host"] = true,
    ["x-forwarded-port"] = true,
    ["x-forwarded-prefix"] = true,
    ["x-forwarded-proto"] = true,
    ["x-forwarded-scheme"] = true,
    ["x-forwarded-server"] = true,
    ["x-forwarded-ssl"] = true,
    ["x-real-ip"] = true,
    ["x-request-id"] = true,
}

-- Room for the fields of a request. It grows for requests with more of them. It stays in a variable,
-- because LuaJIT frees memory to which only a pointer points.
local field_array = ffi.typeof "ngx_http_lua_ffi_table_elt_t[?]"
local room = 128
local fields = field_array(room)
local truncated = ffi.new "int[1]"

-- The lengths of the names in the request that was admitted last, as bits. They show without a call of
-- nginx that a request does not have a certain field.
local lengths = 0

-- The names with an underscore in the request that was admitted last, or nil if it has none.
local underscored

local M = {}

local function kind_of(name)
    local kind = ORDINARY
    for i = 0, tonumber(name.len) - 1 do
        local this = kinds[name.data[i]]
        if this > kind then
            kind = this
        end
    end
    return kind
end

-- Returns the name of the field that many apps take this one for.
local function meant_by(name)
    return (name:lower():gsub("_", "-"))
end

-- Removes those fields with an underscore that pass for one of these fields. `names` has their names
-- in lower case as keys. Call it only after `admit`, in the same phase of the same request.
function M.unmask(names)
    for _, name in ipairs(underscored or {}) do
        if names[meant_by(name)] then
            ngx.req.clear_header(name)
        end
    end
end

-- Returns whether one of these fields passes for a field that frames the request.
local function frames(names)
    for _, name in ipairs(names) do
        if FRAMING[meant_by(name)] then
            return true
        end
    end
    return false
end

-- Returns whether the present request may be passed on. Reads the names where nginx has them,
-- because a table of all fields for each request would cost much more.
function M.admit()
    lengths, underscored = 0, nil
    local request = base.get_request()
    local count = C.ngx_http_lua_ffi_req_get_headers_count(request, 0, truncated)
    if count <= 0 then
        return true
    end
    if count > room then
        fields, room = field_array(count), count
    end
    if C.ngx_http_lua_ffi_req_get_headers(request, fields, count, 1) ~= 0 then
        return false
    end
    local seen = 0
    for i = 0, count - 1 do
        local name = fields[i].key
        local kind = kind_of(name)
        seen = bit.bor(seen, bit.lshift(1, tonumber(name.len)))
        if kind == FORBIDDEN then
            return false
        end
        if kind == UNDERSCORE then
            underscored = underscored or {}
            underscored[#underscored + 1] = ffi.string(name.data, name.len)
        end
    end
    lengths = seen
    if not underscored then
        return true
    end
    M.unmask(OURS)
    return not frames(underscored)
end

-- Returns false if the request has no field of this name. Call it only after `admit`, in the same
-- phase of the same request.
function M.may_include(name)
    return bit.band(lengths, bit.lshift(1, #name)) ~= 0
end

return M
