"""The only room that knows boto3, botocore and S3's wire format."""
