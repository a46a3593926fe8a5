-- Replaces the parts of a document in a shared dictionary: all of them, or none if the memory has
-- no room for the new parts beside the old ones. The dictionary must hold nothing else.

-- The largest part of the memory that a document may take. The free memory around a document has
-- three pieces at most, so one of them has room for the next document of this size.
local SHARE = 0.25

local M = {}

-- Returns why no document of this size may be stored, or nil.
local function objection(dict, name, size)
    if size > SHARE * dict:capacity() then
        return ("%d bytes are more than a quarter of the shared memory '%s' (%d bytes): remove apps or hosts, or raise "
            .. "lua_shared_dict %s in nginx/conf/http.conf"):format(size, name, dict:capacity(), name)
    end
end

local function remove(dict, side, parts)
    for key in pairs(parts) do
        dict:delete(side .. key)
    end
end

-- Stores the parts, a table of texts by key. Returns true, or nil and the reason. After a refusal
-- the dictionary has the present document.
function M.replace(dict, name, parts)
    local size = 0
    for _, text in pairs(parts) do
        size = size + #text
    end
    local why = objection(dict, name, size)
    if why then
        return nil, why
    end
    local present = dict:get("side")
    local other = present == "a:" and "b:" or "a:"
    for key, text in pairs(parts) do
        local ok, full = dict:safe_set(other .. key, text)
        if not ok then
            remove(dict, other, parts)
            return nil, ("the shared memory '%s' (%d bytes) has no room for %d bytes beside the present document (%s): "
                .. "raise lua_shared_dict %s in nginx/conf/http.conf"):format(name, dict:capacity(), size, full, name)
        end
    end
    local switched, full = dict:safe_set("side", other)
    if not switched then
        remove(dict, other, parts)
        return nil, ("the shared memory '%s' is full (%s)"):format(name, full)
    end
    if present then
        remove(dict, present, parts)
    end
    return true
end

-- Returns a part of the present document, or nil if there is no document. A part that another
-- worker removed meanwhile was replaced, so the newer one is read.
function M.get(dict, key)
    local side = dict:get("side")
    while side do
        local text = dict:get(side .. key)
        local now = dict:get("side")
        if text or now == side then
            return text
        end
        side = now
    end
end

return M
