package access

import (
	"strings"

	"purser/state/redis"
)

// redisLine is a line of the table: commands on the installation's keys, and what they are for.
type redisLine struct {
	role     Role
	commands []string
	write    bool
	why      string
}

// inRedis is the table. Who has no line needs no user.
var inRedis = []redisLine{
	{Process, []string{"hmget", "evalsha", "eval", "hset", "hdel", "unlink"}, true, "cold cells, and the script that stores after-images, with what it calls"},
	{Reader, []string{"hmget", "hscan"}, false, "balances and definitions, and lists of them where there is no Postgres"},
	{Apply, []string{"hmget"}, false, "what is in force"},
	{CatchUp, []string{"hmget"}, false, "how far each partition is"},
	{Auditor, []string{"hmget"}, false, "what it compares"},
}

// Redis returns the rules of a role's user, as ACL SETUSER takes them; ok is false where the role needs no user. They begin
// by taking everything away but the password, so that they say all that he may do.
func Redis(i Installation, role Role) (rules []string, ok bool) {
	for _, l := range inRedis {
		if l.role != role {
			continue
		}
		keys := "%R~"
		if l.write {
			keys = "~"
		}
		rules = []string{"on", "resetkeys", "resetchannels", "-@all", keys + redis.KeyPattern(i.Names.Prefix)}
		for _, c := range l.commands {
			rules = append(rules, "+"+c)
		}
		// What a client says by way of greeting.
		return append(rules, "+ping", "+select"), true
	}
	return nil, false
}

// RedisCommand is the line that gives a role's user his rules.
func RedisCommand(user string, rules []string) string {
	return "ACL SETUSER " + user + " " + strings.Join(rules, " ")
}
