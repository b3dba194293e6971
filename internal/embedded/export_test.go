package embedded

// Vanish ends e as a process that is killed does: the lock goes, the mark stays.
func Vanish(e *Environment) {
	e.redis.Close()
	e.cluster.Close()
	_ = e.folder.lock.Close()
}
