package servers

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// Keys are the PEM files with which a server speaks TLS: the authority that signs everyone's certificates, and the server's own.
// Whoever has a certificate of the same name as the server's, signed by that authority, is let in as the server's owner.
type Keys struct{ CA, Cert, Key string }

// client is how the owner dials the server.
func (k *Keys) client() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(k.Cert, k.Key)
	if err != nil {
		return nil, err
	}
	pem, err := os.ReadFile(k.CA)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", k.CA)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots, MinVersion: tls.VersionTLS12}, nil
}
