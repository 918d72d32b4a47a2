// Prints what the library makes of each of the privacy vectors, as JSON. Run by ../../contract/privacy.test.ts.
package mayday;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

public class PrivacyVectors {
    @SuppressWarnings("unchecked")
    public static void main(String[] arguments) throws Exception {
        String text = new String(Files.readAllBytes(Paths.get(arguments[0])), StandardCharsets.UTF_8);
        List<Object> results = new ArrayList<>();
        for (Object one : (List<Object>) new Mayday.JsonReader(text).whole()) {
            Map<String, Object> vector = (Map<String, Object>) one;
            List<String> more = vector.containsKey("more") ? (List<String>) vector.get("more") : new ArrayList<>();
            Mayday.Secrets secrets = new Mayday.Secrets(more);
            Object value = vector.get("in");
            String as = vector.containsKey("as") ? (String) vector.get("as") : "value";
            if (as.equals("value")) {
                results.add(Mayday.cleaned(value, more));
            } else if (as.equals("cookies")) {
                Map<String, Object> hidden = new LinkedHashMap<>();
                for (Map.Entry<String, Object> entry : ((Map<String, Object>) value).entrySet()) hidden.put(entry.getKey(), Mayday.Secrets.hidden(entry.getValue()));
                results.add(hidden);
            } else {
                results.add(secrets.text((String) value, as, 0));
            }
        }
        System.out.println(Mayday.json(results));
    }
}
