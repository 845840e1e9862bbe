import Hummingbird
import NIOPosix
import Logging
