"""What a deployment needs beside the program: the local broker, processes apart, an example receiver."""
