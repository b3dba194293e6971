// Package story plays what happens to some orgs over months, in seconds: a script in the words of scenario files tells what
// upstreams send and when, a broker whose clock the player sets dates it, ticks say what time it is, and a payment gateway for
// development answers. All of purser runs for it as it does in production, over the Kafka protocol.
package story
