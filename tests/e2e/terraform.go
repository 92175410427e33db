// TF, VMware's provider for Terraform, as far as it speaks HTTP (CONTRACT 11): it logs in before each
// call, takes no heed of the status of that, has ten seconds for each, trusts the certificate of the
// gateway itself, and decodes what it gets into structs of Go.
//
//	terraform CERTIFICATE URL USER PASSWORD COMMAND...
//
// Prints one JSON object: what was decoded, or {"failed": why}.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"
)

type apiError struct {
	Code       string   `json:"code"`
	Msg        string   `json:"msg"`
	Args       []string `json:"args"`
	Stacktrace string   `json:"stacktrace"`
}

type task struct {
	ID           string `json:"id"`
	User         string `json:"user"`
	Site         string `json:"site"`
	WorkflowInfo struct {
		Type         string  `json:"type"`
		ResourceType string  `json:"resourceType"`
		ResourceID   *string `json:"resourceId"`
		ResourceName *string `json:"resourceName"`
	} `json:"workflowInfo"`
	Progress    int32         `json:"progress"`
	State       string        `json:"state"`
	StartTime   int64         `json:"startTime"`
	LastUpdated int64         `json:"lastUpdated"`
	EndTime     int64         `json:"endTime"`
	ResultType  *string       `json:"resultType"`
	Result      interface{}   `json:"result"`
	Error       *apiError     `json:"error"`
	Warnings    []interface{} `json:"warnings"`
}

type page struct {
	Items  []task `json:"items"`
	Total  int64  `json:"total"`
	Offset int32  `json:"offset"`
	Limit  int32  `json:"limit"`
}

type site struct {
	Site         string `json:"site"`
	APIPublicURL string `json:"apiPublicUrl"`
	IsLocal      bool   `json:"isLocal"`
	State        struct {
		IncomingCommError *apiError `json:"incomingCommError"`
		OutgoingCommError *apiError `json:"outgoingCommError"`
	} `json:"state"`
}

const accept = "application/vnd.vmware.h4-v4.7+json;charset=UTF-8"

var certificate, url, user, password string

func fail(why string) {
	show(map[string]string{"failed": why})
	os.Exit(0)
}

func must(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func show(value interface{}) {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

func send(method, path, token string, body []byte) (*http.Response, []byte, error) {
	pem, err := os.ReadFile(certificate)
	must(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	client := &http.Client{Timeout: 10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
	request, err := http.NewRequest(method, url+path, bytes.NewReader(body))
	must(err)
	if path != "/sessions" || method != "POST" {
		request.Header.Set("X-VCAV-Auth", token)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", accept)
	request.Header.Set("User-Agent", "vcda-terraform-provider/h4-v4.7")
	answer, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer, text, err
}

// The token, or "": nobody looks at the status.
func logIn() string {
	body, err := json.Marshal(map[string]string{
		"type": "localUser", "localUser": user, "localPassword": password})
	must(err)
	answer, _, err := send("POST", "/sessions", "", body)
	must(err)
	return answer.Header.Get("X-VCAV-Auth")
}

// A call of the provider: any status but 2xx is its end.
func call(method, path string, into interface{}) {
	answer, text, err := send(method, path, logIn(), nil)
	must(err)
	if answer.StatusCode < 200 || answer.StatusCode >= 300 {
		var said apiError
		must(json.Unmarshal(text, &said))
		show(map[string]interface{}{"status": answer.StatusCode, "error": said})
		os.Exit(0)
	}
	must(json.Unmarshal(text, into))
}

func logins(count int) {
	tokens := map[string]bool{}
	for i := 0; i < count; i++ {
		token := logIn()
		answer, _, err := send("GET", "/sessions", token, nil)
		must(err)
		if answer.StatusCode != 200 {
			fail(fmt.Sprintf("call %d: %d", i+1, answer.StatusCode))
		}
		tokens[token] = true
	}
	show(map[string]int{"tokens": len(tokens)})
}

func health() {
	var found task
	call("POST", "/diagnostics/health", &found)
	for pause := 10 * time.Millisecond; found.State == "RUNNING" || found.State == "QUEUED"; pause *= 2 {
		time.Sleep(pause)
		call("GET", "/tasks/"+found.ID, &found)
	}
	if found.State == "FAILED" {
		fail("health task failed with Code:" + found.Error.Code)
	}
	show(found.Result.(map[string]interface{}))
}

func main() {
	certificate, url, user, password = os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	argument := os.Args[len(os.Args)-1]
	switch os.Args[5] {
	case "logins":
		count, err := strconv.Atoi(argument)
		must(err)
		logins(count)
	case "task":
		var found task
		call("GET", "/tasks/"+argument, &found)
		show(found)
	case "tasks":
		var found page
		call("GET", "/tasks", &found)
		show(found)
	case "site":
		var found []site
		call("GET", "/sites", &found)
		for _, each := range found {
			if each.APIPublicURL == argument {
				show(each)
				return
			}
		}
		fail("no site " + argument)
	case "health":
		health()
	default: // a method and a path
		var found map[string]interface{}
		call(os.Args[5], argument, &found)
		show(found)
	}
}
