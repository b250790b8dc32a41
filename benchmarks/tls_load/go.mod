module tls_load

go 1.24
