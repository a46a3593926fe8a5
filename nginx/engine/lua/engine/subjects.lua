-- Decides what a call acts on: an instance or a task of this installation, one of the platform's
-- parts that controllers may act on, or something else.

local docker = require "engine.docker"

local KEPT = 600 -- seconds; an id never belongs to another container later

local known = ngx.shared.engine_subjects

local M = {}

local function is_id(text)
    return #text == 64 and not text:find("[^0-9a-f]")
end

-- Returns whether this is the name of one of several nginx after the first one.
local function is_further_nginx(settings, name)
    local first = "/" .. settings.installation .. "-nginx-"
    return type(name) == "string" and name:sub(1, #first) == first and name:find("^[2-8]$", #first + 1) ~= nil
end

-- Decides by what Docker says of a container. Only the platform's containers lack the labels of an
-- instance and of a task and have these names. Controllers may do the same with both.
function M.kind(settings, container)
    local labels = type(container.Config) == "table" and container.Config.Labels
    labels = type(labels) == "table" and labels or {}
    if (labels["autoserve.instance"] or "") ~= "" or (labels["autoserve.task"] or "") ~= "" then
        return labels["autoserve.installation"] == settings.installation and "instance" or "foreign"
    end
    for _, part in ipairs({ "nginx", "controller-lb", "firewall", "front-door" }) do
        if container.Name == "/" .. settings.installation .. "-" .. part then
            return part
        end
    end
    return is_further_nginx(settings, container.Name) and "nginx" or "foreign"
end

-- @return the kind and the id of the container; or nil, the status and the text with which Docker
--     answered that there is none
function M.container(settings, name)
    local kind = is_id(name) and known:get(name)
    if kind then
        return kind, name
    end
    local status, text, found = docker.container(name)
    if status ~= 200 then
        return nil, status, text
    end
    kind = M.kind(settings, found)
    known:set(found.Id, kind, KEPT)
    return kind, found.Id
end

-- As above, for the container in which a command runs.
function M.exec(settings, id)
    local kind = known:get(id)
    if kind then
        return kind, id
    end
    local status, text, found = docker.exec(id)
    if status ~= 200 then
        return nil, status, text
    end
    kind, status, text = M.container(settings, found.ContainerID)
    if kind then
        known:set(id, kind, KEPT)
        return kind, id
    end
    return nil, status, text
end

return M
