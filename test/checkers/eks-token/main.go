// Verifies an EKS token as the API server of an EKS cluster does: with aws-iam-authenticator. In the place of STS, the AWS SDK
// signs the request anew and compares the signatures.
package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go/aws/credentials"
	v4 "github.com/aws/aws-sdk-go/aws/signer/v4"
	"sigs.k8s.io/aws-iam-authenticator/pkg/token"
)

// Answers GetCallerIdentity: requests signed with the secret come from the role.
type sts struct{ secret, account, arn string }

func (s sts) RoundTrip(request *http.Request) (*http.Response, error) {
	if !s.isSigned(request) {
		return answer(http.StatusForbidden, map[string]any{"Error": "SignatureDoesNotMatch"})
	}
	result := map[string]any{"Account": s.account, "Arn": s.arn, "UserId": "AROAIOSFODNN7EXAMPLE:session"}
	response := map[string]any{"GetCallerIdentityResult": result}
	return answer(http.StatusOK, map[string]any{"GetCallerIdentityResponse": response})
}

func (s sts) isSigned(request *http.Request) bool {
	given := request.URL.Query()
	scope := strings.Split(given.Get("X-Amz-Credential"), "/")
	date, err := time.Parse("20060102T150405Z", given.Get("X-Amz-Date"))
	seconds, notANumber := strconv.Atoi(given.Get("X-Amz-Expires"))
	if err != nil || notANumber != nil || len(scope) != 5 {
		return false
	}
	plain := url.Values{"Action": given["Action"], "Version": given["Version"]}
	address := url.URL{Scheme: "https", Host: request.URL.Host, Path: "/", RawQuery: plain.Encode()}
	again, err := http.NewRequest(request.Method, address.String(), nil)
	if err != nil {
		return false
	}
	again.Header.Set("x-k8s-aws-id", request.Header.Get("x-k8s-aws-id"))
	signer := v4.NewSigner(credentials.NewStaticCredentials(scope[0], s.secret, given.Get("X-Amz-Security-Token")))
	if _, err := signer.Presign(again, nil, "sts", scope[2], time.Duration(seconds)*time.Second, date); err != nil {
		return false
	}
	return again.URL.Query().Encode() == given.Encode()
}

func answer(status int, body any) (*http.Response, error) {
	text, err := json.Marshal(body)
	return &http.Response{StatusCode: status, Body: io.NopCloser(bytes.NewReader(text)), Header: http.Header{}}, err
}

func main() {
	var asked struct{ Token, Cluster, Partition, Region, Secret, Account, Arn string }
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		log.Fatal(err)
	}
	http.DefaultTransport = sts{asked.Secret, asked.Account, asked.Arn}
	verdict := map[string]string{}
	identity, err := token.NewVerifier(asked.Cluster, asked.Partition, asked.Region).Verify(asked.Token)
	if err != nil {
		verdict["error"] = err.Error()
	} else {
		verdict["arn"], verdict["accessKeyId"] = identity.CanonicalARN, identity.AccessKeyID
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdict); err != nil {
		log.Fatal(err)
	}
}
