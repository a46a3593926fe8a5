-- Checks of JSON. A check takes a value and the path to it. It returns the value as JSON text, or
-- raises a refusal. The filter sends Docker this text and never the text that it received. Docker
-- reads keys in any case and the last of two equal keys, so only a text made of known keys means the
-- same to both.

local cjson = require("cjson.safe").new()

cjson.decode_max_depth(16)
cjson.decode_invalid_numbers(false)

local LARGEST = 2 ^ 53 -- the largest number up to which a double holds every integer

local M = {}

function M.refuse(path, why)
    error({ refusal = path .. " " .. why }, 0)
end

-- Returns the value, or nil if the text is not JSON.
function M.decode(text)
    return cjson.decode(text)
end

-- Whether the value says the same as a key that is left out.
local function is_nothing(value)
    return value == nil or value == cjson.null or value == false or value == 0 or value == ""
        or type(value) == "table" and next(value) == nil
end

local function quoted(text)
    return (cjson.encode(text))
end

local function shown(value)
    return type(value) == "table" and (cjson.encode(value) or "a nested value"):sub(1, 100)
        or "'" .. tostring(value):sub(1, 100) .. "'"
end

function M.boolean(value, path)
    if type(value) ~= "boolean" then
        M.refuse(path, "must be true or false, was " .. shown(value))
    end
    return tostring(value)
end

function M.integer(least, most)
    return function(value, path)
        if type(value) ~= "number" or value % 1 ~= 0 or value < least or value > (most or LARGEST) then
            M.refuse(path, ("must be an integer from %.0f to %.0f, was %s")
                :format(least, most or LARGEST, shown(value)))
        end
        return value == 0 and "0" or ("%.0f"):format(value)
    end
end

function M.text(value, path)
    if type(value) ~= "string" then
        M.refuse(path, "must be a text, was " .. shown(value))
    end
    return quoted(value)
end

-- A text that is one of these.
function M.one_of(...)
    local allowed = {}
    for _, text in ipairs({ ... }) do
        allowed[text] = true
    end
    local list = table.concat({ ... }, ", ")
    return function(value, path)
        if not allowed[value] then
            M.refuse(path, ("must be one of [%s], was %s"):format(list, shown(value)))
        end
        return quoted(value)
    end
end

-- A text that matches the whole pattern.
function M.like(pattern, words)
    return function(value, path)
        if type(value) ~= "string" or not value:find("^" .. pattern .. "$") then
            M.refuse(path, ("must be %s, was %s"):format(words, shown(value)))
        end
        return quoted(value)
    end
end

function M.array(item)
    return function(value, path)
        if type(value) ~= "table" then
            M.refuse(path, "must be an array, was " .. shown(value))
        end
        local texts, keys = {}, 0
        for _ in pairs(value) do
            keys = keys + 1
        end
        if keys ~= #value then
            M.refuse(path, "must be an array, was " .. shown(value))
        end
        for i, element in ipairs(value) do
            texts[i] = item(element, ("%s[%d]"):format(path, i - 1))
        end
        return "[" .. table.concat(texts, ",") .. "]"
    end
end

-- An object with keys that the caller chooses. The check of a value gets the key too.
function M.map(item)
    return function(value, path)
        if type(value) ~= "table" or #value > 0 then
            M.refuse(path, "must be an object, was " .. shown(value))
        end
        local texts = {}
        for key, element in pairs(value) do
            texts[#texts + 1] = quoted(key) .. ":" .. item(element, path .. "." .. key, key)
        end
        return "{" .. table.concat(texts, ",") .. "}"
    end
end

-- An object with these fields and no others. Other fields may be there if they say nothing, and are
-- left out.
function M.object(fields, required)
    return function(value, path)
        if type(value) ~= "table" or #value > 0 then
            M.refuse(path, "must be an object, was " .. shown(value))
        end
        for _, key in ipairs(required or {}) do
            if value[key] == nil or value[key] == cjson.null then
                M.refuse(path .. "." .. key, "is missing")
            end
        end
        local texts = {}
        for key, element in pairs(value) do
            local field = fields[key]
            if field and element ~= cjson.null then
                texts[#texts + 1] = quoted(key) .. ":" .. field(element, path .. "." .. key)
            elseif not field and not is_nothing(element) then
                M.refuse(path .. "." .. key, "is a field that AutoServe never sets, was " .. shown(element))
            end
        end
        return "{" .. table.concat(texts, ",") .. "}"
    end
end

return M
