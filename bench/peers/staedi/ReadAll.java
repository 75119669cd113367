// Reads all events of an X12 file with StAEDI, several times; prints what each pass cost in processor time.

import com.sun.management.OperatingSystemMXBean;
import io.xlate.edi.stream.EDIInputFactory;
import io.xlate.edi.stream.EDIStreamEvent;
import io.xlate.edi.stream.EDIStreamReader;
import java.io.BufferedInputStream;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

public final class ReadAll {
    public static void main(String[] arguments) throws Exception {
        Path path = Path.of(arguments[0]);
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        for (int pass = 0; pass < Integer.parseInt(arguments[1]); pass++) {
            long before = system.getProcessCpuTime();
            long segments = 0;
            long characters = 0;
            try (InputStream in = new BufferedInputStream(Files.newInputStream(path), 1 << 16);
                    EDIStreamReader reader = EDIInputFactory.newFactory().createEDIStreamReader(in)) {
                while (reader.hasNext()) {
                    EDIStreamEvent event = reader.next();
                    if (event == EDIStreamEvent.START_SEGMENT) {
                        segments++;
                    } else if (event == EDIStreamEvent.ELEMENT_DATA) {
                        characters += reader.getText().length();
                    } else if (event.isError()) {
                        throw new IllegalStateException(event + " " + reader.getErrorType());
                    }
                }
            }
            long used = system.getProcessCpuTime() - before;
            System.out.println("segments " + segments + " characters " + characters + " cpu_ns " + used);
        }
    }
}
