package load

// Alike is after how many wallets they repeat: of a load with so many orgs, wallet n and wallet n+Alike(orgs) belong to one
// org and are defined, granted to and paid for alike, but for their names.
func Alike(orgs int) int64 {
	const kinds = 420 // the least that every divisor in world.go and define.go divides
	n := int64(orgs)
	for n%kinds != 0 {
		n += int64(orgs)
	}
	return n
}

// Zone names the time zone of wallet number i of a load with so many orgs.
func Zone(i int64, orgs int) string { return orgOf(int(i % int64(orgs))).zone }

// Wallet names wallet number i of a load with so many orgs.
func Wallet(i int64, orgs int) (org, wallet string) {
	return orgName(i % int64(orgs)), string(walletName(nil, i))
}
