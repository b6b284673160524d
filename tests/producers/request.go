// request.go KIND - a certification request by Go's crypto/x509.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"os"
)

func newKey(kind string) (crypto.Signer, error) {
	switch kind {
	case "rsa2048", "rsa-pss":
		return rsa.GenerateKey(rand.Reader, 2048)
	case "p224":
		return ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	case "p256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "p384":
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "p521":
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return key, err
}

func main() {
	kind := os.Args[1]
	key, err := newKey(kind)
	if err != nil {
		panic(err)
	}
	request := x509.CertificateRequest{
		Subject:  pkix.Name{CommonName: "sample001"},
		DNSNames: []string{"a.example.jp"},
	}
	if kind == "rsa-pss" {
		request.SignatureAlgorithm = x509.SHA256WithRSAPSS
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &request, key)
	if err != nil {
		panic(err)
	}
	pem.Encode(os.Stdout, &pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
}
