-- What wrk asks: tastes of four fields, at random.
math.randomseed(7)
local emotions = { "joy", "sadness", "anger", "love", "fear" }
local form = '{"tempo": %d, "energy": %d, "acousticness": %d, "emotion": "%s", "n": 20}'

request = function()
  local body = string.format(form, math.random(60, 180), math.random(0, 100), math.random(0, 100), emotions[math.random(5)])
  return wrk.format("POST", "/recommend", { ["Content-Type"] = "application/json" }, body)
end
