package blob

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/blob"
	"example.com/tidemark/realdrivers/location"
)

// S3 keeps each value in an object of its own, in a bucket of any server that speaks
// S3's protocol. The server must show what was set to whoever asks afterwards, as
// S3 itself does.
type S3 struct {
	log    *slog.Logger
	client *s3.Client
	http   *http.Client
	gate   *gate
	// bucket has the objects, whose names are prefix and the key.
	bucket, prefix string
}

// defaultRegion is that of a server that was named without one, and asks for none.
const defaultRegion = "us-east-1"

// OpenS3 opens the store in the bucket of an s3:// location, which must be there.
// Credentials come from the environment, from the profile that the location names or
// the default one, or from the machine's role.
func OpenS3(ctx context.Context, l location.Location, options Options) (*S3, error) {
	s := &S3{log: options.log(), gate: newGate(), bucket: l.Bucket(), prefix: l.Prefix()}
	loaded, err := config.LoadDefaultConfig(ctx, configured(l)...)
	if err != nil {
		return nil, fmt.Errorf("blob: %v: %w", l, err)
	}
	if _, err := loaded.Credentials.Retrieve(ctx); err != nil {
		return nil, fmt.Errorf("blob: no credentials for the bucket %s: %w; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile", s.bucket, err)
	}
	s.http = client(loaded)
	s.client = s3.NewFromConfig(loaded, func(o *s3.Options) {
		o.HTTPClient = s.http
		if e := l.Param("endpoint"); e != "" {
			o.BaseEndpoint = &e
		}
		// Names of buckets are names of hosts at S3 itself, and rarely elsewhere.
		o.UsePathStyle = l.Param("path_style") == "true" || l.Param("path_style") == "" && o.BaseEndpoint != nil
	})
	if _, err := s.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &s.bucket}); err != nil {
		s.http.CloseIdleConnections()
		return nil, fmt.Errorf("blob: the bucket %s cannot be used: %w; %s", s.bucket, err, bucketAdvice(err))
	}
	return s, nil
}

// bucketAdvice is what to do if the bucket cannot be used.
func bucketAdvice(err error) string {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		switch response.HTTPStatusCode() {
		case http.StatusUnauthorized, http.StatusForbidden:
			return "see that the credentials (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile) are right, and may use it"
		case http.StatusNotFound:
			return "create it, or correct its name, the endpoint or the credentials"
		case http.StatusMovedPermanently, http.StatusBadRequest:
			return "see that region and endpoint are the bucket's"
		}
	}
	return "see that the server runs and that this machine reaches it"
}

// configured is how the library is to behave. It repeats nothing, and computes
// checksums only where a server asks for them, because many know no others; what is
// stored has its own.
func configured(l location.Location) []func(*config.LoadOptions) error {
	list := []func(*config.LoadOptions) error{
		config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }),
		config.WithRequestChecksumCalculation(aws.RequestChecksumCalculationWhenRequired),
		config.WithResponseChecksumValidation(aws.ResponseChecksumValidationWhenRequired),
		config.WithDefaultRegion(defaultRegion),
	}
	if r := l.Param("region"); r != "" {
		list = append(list, config.WithRegion(r))
	}
	if p := l.Param("profile"); p != "" {
		list = append(list, config.WithSharedConfigProfile(p))
	}
	return list
}

// client is the one that was configured (AWS_CA_BUNDLE adds certificates to it), as
// one whose connections can be ended.
func client(loaded aws.Config) *http.Client {
	built, ok := loaded.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		built = awshttp.NewBuildableClient()
	}
	transport := built.GetTransport()
	transport.MaxIdleConnsPerHost = maxCalls
	return &http.Client{
		Transport: transport,
		// A redirection means another region, and what was signed holds for one.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Do implements Store.
func (s *S3) Do(ctx context.Context, call *blob.Call, result *blob.Result) {
	if refuse(ctx, call, result) {
		return
	}
	err := s.gate.begin(ctx)
	if err != nil {
		*result = failed(s.log, call, true, err)
		return
	}
	defer s.gate.end()
	r := blob.Result{Outcome: outcome.Done}
	switch call.Op {
	case blob.OpGet:
		r.Data, r.Found, err = s.get(ctx, call.Key)
	case blob.OpSet:
		_, err = s.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &s.bucket, Key: s.name(call.Key), Body: strings.NewReader(call.Data)})
	case blob.OpDelete:
		_, err = s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: s.name(call.Key)})
	case blob.OpList:
		r.Keys, err = s.list(ctx, call)
	case blob.OpNone, blob.OpCount:
		r.Outcome = outcome.Invalid
	}
	if err != nil {
		r = failed(s.log, call, notTaken(err), err)
	}
	*result = r
}

// name is that of a key's object.
func (s *S3) name(key string) *string {
	name := s.prefix + key
	return &name
}

// notTaken reports whether it is certain that a request did nothing and never will:
// nobody was reached, or the server found fault with it. That it took too long, or
// that there were too many, may be said of one that goes on.
func notTaken(err error) bool {
	var unreached *net.OpError
	if errors.As(err, &unreached) && unreached.Op == "dial" {
		return true
	}
	var response *smithyhttp.ResponseError
	if !errors.As(err, &response) {
		return false
	}
	code := response.HTTPStatusCode()
	return code >= 400 && code < 500 && code != http.StatusRequestTimeout && code != http.StatusTooManyRequests
}

func (s *S3) get(ctx context.Context, key string) (data string, found bool, err error) {
	object, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: s.name(key)})
	var none *types.NoSuchKey
	if errors.As(err, &none) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	size := int64(-1)
	if object.ContentLength != nil {
		size = *object.ContentLength
	}
	data, err = read(object.Body, size)
	err = errors.Join(err, object.Body.Close())
	return data, err == nil, err
}

// pageSize is how many names a server answers at most.
const pageSize = 1000

func (s *S3) list(ctx context.Context, call *blob.Call) ([]string, error) {
	request := s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: s.name(call.Key)}
	if call.After != "" {
		request.StartAfter = s.name(call.After)
	}
	var keys []string
	for {
		size := int32(pageSize)
		if call.Limit > 0 {
			size = int32(min(pageSize, uint64(call.Limit)-uint64(len(keys))))
		}
		request.MaxKeys = &size
		page, err := s.client.ListObjectsV2(ctx, &request)
		if err != nil {
			return nil, err
		}
		for _, object := range page.Contents {
			// Others may have other objects under the prefix.
			if key, own := strings.CutPrefix(aws.ToString(object.Key), s.prefix); own && blob.ValidKey(key) {
				keys = append(keys, key)
			}
		}
		if call.Limit > 0 && uint64(len(keys)) >= uint64(call.Limit) || !aws.ToBool(page.IsTruncated) {
			return keys, nil
		}
		request.ContinuationToken = page.NextContinuationToken
	}
}

// Close implements Store.
func (s *S3) Close() error {
	s.gate.close()
	s.http.CloseIdleConnections()
	return nil
}
