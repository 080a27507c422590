module pitlane/test/checkers/eks-token

go 1.26.0

require (
	github.com/aws/aws-sdk-go v1.54.6
	sigs.k8s.io/aws-iam-authenticator v0.6.13
)
