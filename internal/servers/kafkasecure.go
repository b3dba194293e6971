package servers

import (
	"fmt"
	"os"

	"github.com/twmb/franz-go/pkg/kgo"
)

// ownerName is the common name of the certificate with which a secured Kafka or Postgres takes a client for its owner.
const ownerName = PostgresUser

const scramLogin = "org.apache.kafka.common.security.scram.ScramLoginModule required;"

// secured are the settings of a broker whose clients log in by SCRAM over TLS and may do only what ACLs allow. The node talks
// to itself, and its owner to it, over a listener that asks for the certificate of a super user.
func (b *broker) secured() (map[string]string, error) {
	own, controller, clients := loopback(b.ownerPort), loopback(b.controllerPort), loopback(b.port)
	all := map[string]string{
		"listeners":                                            "CLIENTS://" + clients + ",OWNER://" + own + ",CONTROLLER://" + controller,
		"advertised.listeners":                                 "CLIENTS://" + clients + ",OWNER://" + own,
		"listener.security.protocol.map":                       "CLIENTS:SASL_SSL,OWNER:SSL,CONTROLLER:SSL",
		"inter.broker.listener.name":                           "OWNER",
		"sasl.enabled.mechanisms":                              "SCRAM-SHA-256,SCRAM-SHA-512",
		"listener.name.clients.scram-sha-256.sasl.jaas.config": scramLogin,
		"listener.name.clients.scram-sha-512.sasl.jaas.config": scramLogin,
		"ssl.client.auth":                                      "required", // of those who do not log in by SASL
		"ssl.keystore.type":                                    "PEM",
		"ssl.keystore.location":                                b.path("keystore.pem"),
		"ssl.truststore.type":                                  "PEM",
		"ssl.truststore.location":                              b.config.Keys.CA,
		"authorizer.class.name":                                "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"super.users":                                          "User:CN=" + ownerName,
		"allow.everyone.if.no.acl.found":                       "false",
	}
	return all, b.writeKeystore()
}

// writeKeystore writes the key and its certificate into one file, as Kafka wants them.
func (b *broker) writeKeystore() error {
	key, err := os.ReadFile(b.config.Keys.Key)
	if err != nil {
		return err
	}
	cert, err := os.ReadFile(b.config.Keys.Cert)
	if err != nil {
		return err
	}
	return os.WriteFile(b.path("keystore.pem"), append(key, cert...), 0o600)
}

// KafkaOwner is how the owner of a secured broker dials it.
func KafkaOwner(port int, keys *Keys) ([]kgo.Opt, error) {
	t, err := keys.client()
	if err != nil {
		return nil, fmt.Errorf("the certificate of Kafka's owner: %w", err)
	}
	return []kgo.Opt{kgo.SeedBrokers(loopback(port)), kgo.DialTLSConfig(t)}, nil
}
