"""What all AWS services share: the protocols of botocore's models, SigV4, routing and errors."""
