/// The version of every program of the package, as health, Hello and `--version` tell it.
package let coordinatorVersion = "0.1.0"
