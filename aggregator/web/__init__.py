"""What is answered over HTTP: the published output, the hub and its callbacks, the API for programs."""
